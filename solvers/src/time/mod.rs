//! Time integration of the ordinary differential equations that finite elements leave.
