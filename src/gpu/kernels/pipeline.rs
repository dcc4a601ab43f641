//! From a shader's file to its pipeline: shared pieces in front, constants and uniforms from Rust.

use crate::gpu::layout::{TYPE_WORDS, TypeShape};
use crate::gpu::plan::{NONE, SEGMENT};

/// Invocations of a workgroup, of every kernel.
pub const WORKGROUP: u32 = 64;

/// Invocations that share a row; 16 `vec4`s are whole cache lines, and few idle at 100 dimensions or at 10.
pub const ROW_LANES: u32 = 16;

/// Invocations that share the dot product of one term.
pub const TERM_LANES: u32 = 8;

/// Parts in which a step's loss leaves the device.
pub const LOSS_PARTS: u32 = 64;

/// Pieces of WGSL that several shaders share.
pub mod include {
    /// Numbers of workgroups and invocations in a folded dispatch.
    pub const DISPATCH: &str = include_str!("../../../shaders/include/dispatch.wgsl");
    /// The batch's plan and the shapes of types.
    pub const PLAN: &str = include_str!("../../../shaders/include/plan.wgsl");
    /// Lists of rows of all types.
    pub const ROWS: &str = include_str!("../../../shaders/include/rows.wgsl");
    /// Sigmoid and softplus.
    pub const SIGMOID: &str = include_str!("../../../shaders/include/sigmoid.wgsl");
}

/// Declares a kernel's uniforms once, for Rust and for WGSL.
macro_rules! params {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ident,)* }) => {
        $(#[$doc])*
        #[repr(C)]
        #[derive(Debug, Clone, Copy, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $kind,)*
        }

        impl $name {
            /// The same declaration in WGSL, with its binding.
            pub const WGSL: &'static str = concat!(
                "struct Params {\n",
                $("    ", stringify!($field), ": ", stringify!($kind), ",\n",)*
                "}\n@group(0) @binding(0) var<uniform> params: Params;\n",
            );
        }
    };
}
pub(crate) use params;

/// How a kernel uses a storage buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reads only.
    Read,
    /// Reads and writes.
    Write,
}

/// A compute shader before it is compiled.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    /// The name of its file, of its kernel file and of its mirror.
    pub stem: &'static str,
    /// Its uniforms in WGSL.
    pub params: &'static str,
    /// Shared pieces it needs.
    pub includes: &'static [&'static str],
    /// Its file.
    pub body: &'static str,
    /// Its storage buffers from binding 2 on (0: uniforms, 1: the plan).
    pub bindings: &'static [Access],
}

impl Source {
    /// The whole module as the compiler sees it.
    #[must_use]
    pub fn wgsl(&self) -> String {
        let mut text = prelude();
        text.push_str(self.params);
        for include in self.includes {
            text.push_str(include);
        }
        text.push_str(self.body);
        text
    }
}

/// Constants that Rust and the shaders share, in WGSL.
#[must_use]
pub fn prelude() -> String {
    let word = |offset: usize| offset / size_of::<u32>();
    [
        ("WORKGROUP", WORKGROUP as usize),
        ("ROW_LANES", ROW_LANES as usize),
        ("TERM_LANES", TERM_LANES as usize),
        ("LOSS_PARTS", LOSS_PARTS as usize),
        ("SEGMENT", SEGMENT as usize),
        ("NONE", NONE as usize),
        ("TYPE_WORDS", TYPE_WORDS as usize),
        ("WIDTH", word(std::mem::offset_of!(TypeShape, width))),
        ("WIDTH4", word(std::mem::offset_of!(TypeShape, width4))),
        ("ROWS", word(std::mem::offset_of!(TypeShape, rows))),
        ("ROW_START", word(std::mem::offset_of!(TypeShape, row_start))),
        ("TABLE4", word(std::mem::offset_of!(TypeShape, table4))),
        ("COMPOSED4", word(std::mem::offset_of!(TypeShape, composed4))),
    ]
    .iter()
    .map(|(name, value)| format!("const {name} = {value}u;\n"))
    .collect()
}

/// A compiled shader.
#[derive(Debug, Clone)]
pub struct Kernel {
    stem: &'static str,
    layout: wgpu::BindGroupLayout,
    pipeline: wgpu::ComputePipeline,
}

impl Kernel {
    /// Compiles `source`.
    #[must_use]
    pub fn new(device: &wgpu::Device, source: &Source) -> Self {
        let storage = source
            .bindings
            .iter()
            .map(|access| wgpu::BufferBindingType::Storage { read_only: *access == Access::Read });
        let types = [wgpu::BufferBindingType::Uniform, wgpu::BufferBindingType::Storage { read_only: true }];
        let entries: Vec<_> = types
            .into_iter()
            .chain(storage)
            .enumerate()
            .map(|(binding, ty)| wgpu::BindGroupLayoutEntry {
                binding: binding as u32,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: binding == 0, min_binding_size: None },
                count: None,
            })
            .collect();
        let layout = device
            .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(source.stem), entries: &entries });
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(source.stem),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(source.stem),
            source: wgpu::ShaderSource::Wgsl(source.wgsl().into()),
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(source.stem),
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        });
        Self { stem: source.stem, layout, pipeline }
    }

    /// Binds uniforms (`params_size` bytes, at an offset given with each dispatch), the plan and the kernel's buffers.
    #[must_use]
    pub fn bind(
        &self,
        device: &wgpu::Device,
        params: &wgpu::Buffer,
        params_size: u64,
        plan: &wgpu::Buffer,
        buffers: &[&wgpu::Buffer],
    ) -> wgpu::BindGroup {
        let uniforms = wgpu::BindingResource::Buffer(wgpu::BufferBinding {
            buffer: params,
            offset: 0,
            size: wgpu::BufferSize::new(params_size),
        });
        let entries: Vec<_> = [uniforms, plan.as_entire_binding()]
            .into_iter()
            .chain(buffers.iter().map(|buffer| buffer.as_entire_binding()))
            .enumerate()
            .map(|(binding, resource)| wgpu::BindGroupEntry { binding: binding as u32, resource })
            .collect();
        device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(self.stem),
            layout: &self.layout,
            entries: &entries,
        })
    }

    /// Its pipeline.
    #[must_use]
    pub fn pipeline(&self) -> &wgpu::ComputePipeline {
        &self.pipeline
    }
}
