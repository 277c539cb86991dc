//! A module behind a pointer, so that an operator can hold any other, one of its own kind included.

use burn::module::{
    Content, Devices, DisplaySettings, Module, ModuleDisplay, ModuleDisplayDefault, ModuleMapper,
    ModuleVisitor,
};
use burn::tensor::Device;

use crate::model::Model;

/// The operator inside; as a module it is that operator.
#[derive(Clone, Debug)]
pub(super) struct Inner(Box<Model>);

impl Inner {
    pub(super) fn new(model: Model) -> Self {
        Self(Box::new(model))
    }

    pub(super) fn model(&self) -> &Model {
        &self.0
    }

    pub(super) fn model_mut(&mut self) -> &mut Model {
        &mut self.0
    }

    fn with(self, f: impl FnOnce(Model) -> Model) -> Self {
        Self::new(f(*self.0))
    }
}

impl Module for Inner {
    fn collect_devices(&self, devices: Devices) -> Devices {
        self.0.collect_devices(devices)
    }

    fn fork(self, device: &Device) -> Self {
        self.with(|m| m.fork(device))
    }

    fn to_device(self, device: &Device) -> Self {
        self.with(|m| m.to_device(device))
    }

    fn train(self) -> Self {
        self.with(Module::train)
    }

    fn valid(&self) -> Self {
        Self::new(self.0.valid())
    }

    fn materialize(self) -> Self {
        self.with(Module::materialize)
    }

    fn visit<V: ModuleVisitor>(&self, visitor: &mut V) {
        self.0.visit(visitor);
    }

    fn map<M: ModuleMapper>(self, mapper: &mut M) -> Self {
        self.with(|m| m.map(mapper))
    }
}

impl ModuleDisplayDefault for Inner {
    fn content(&self, content: Content) -> Option<Content> {
        content.add_single(self.model()).optional()
    }
}

impl ModuleDisplay for Inner {
    fn format(&self, settings: DisplaySettings) -> String {
        ModuleDisplay::format(self.model(), settings)
    }
}
