//! Spectral methods: Fourier pseudo-spectral and Chebyshev discretisations with exponential, implicit-explicit and explicit integrators.
