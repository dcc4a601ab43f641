//! From a shader's file to its pipeline: shared pieces in front, constants and uniforms from Rust.

use super::bindings::{Access, Binding, Split, declarations};
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

/// Most nodes of a line of a map's grid, a power of two: as many complex numbers as 32 KiB of a workgroup's memory hold.
pub const FFT_NODES: u32 = 4096;

/// Invocations that transform a line of the grid.
pub const FFT_LANES: u32 = 256;

/// Pieces of WGSL that several shaders share.
pub mod include {
    /// The entry point, and numbers of workgroups and invocations in a folded dispatch.
    pub const DISPATCH: &str = include_str!("../../../shaders/include/dispatch.wgsl");
    /// The batch's plan and the shapes of types.
    pub const PLAN: &str = include_str!("../../../shaders/include/plan.wgsl");
    /// Lists of rows of all types.
    pub const ROWS: &str = include_str!("../../../shaders/include/rows.wgsl");
    /// The work of kernels that visit slots, a row's invocations each.
    pub const EACH_SLOT: &str = include_str!("../../../shaders/include/each_slot.wgsl");
    /// The work of kernels that visit the rows of a list.
    pub const EACH_ROW: &str = include_str!("../../../shaders/include/each_row.wgsl");
    /// A pair of `vec4`s of a row.
    pub const TWO: &str = include_str!("../../../shaders/include/two.wgsl");
    /// Sums over terms of coefficient times row.
    pub const LINKS: &str = include_str!("../../../shaders/include/links.wgsl");
    /// The gradient of a touched row of a target or context table.
    pub const ROW_GRADIENT: &str = include_str!("../../../shaders/include/row_gradient.wgsl");
    /// The gradient of a row of a transfer matrix.
    pub const TRANSFER_GRADIENT: &str = include_str!("../../../shaders/include/transfer_gradient.wgsl");
    /// Adam on one `vec4`.
    pub const ADAM_MOVE: &str = include_str!("../../../shaders/include/adam_move.wgsl");
    /// The total of a sum in parts.
    pub const TOTAL: &str = include_str!("../../../shaders/include/total.wgsl");
    /// Where a point lies on a map's grid, and how it spreads over it.
    pub const SPLINE: &str = include_str!("../../../shaders/include/spline.wgsl");
    /// Fourier transforms of a line in a workgroup's memory, and the entry point of kernels that make them.
    pub const FFT: &str = include_str!("../../../shaders/include/fft.wgsl");
    /// Sigmoid and softplus.
    pub const SIGMOID: &str = include_str!("../../../shaders/include/sigmoid.wgsl");
}

/// Declares a kernel's uniforms once, for Rust and for WGSL. The first is the workgroup that a dispatch begins with.
macro_rules! params {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ident,)* }) => {
        $(#[$doc])*
        #[repr(C)]
        #[derive(Debug, Clone, Copy, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
        pub struct $name {
            /// The workgroup that the dispatch begins with.
            pub first: u32,
            $($(#[$field_doc])* pub $field: $kind,)*
        }

        impl $name {
            /// The same declaration in WGSL, with its binding.
            pub const WGSL: &'static str = concat!(
                "struct Params {\n    first: u32,\n",
                $("    ", stringify!($field), ": ", stringify!($kind), ",\n",)*
                "}\n@group(0) @binding(0) var<uniform> params: Params;\n",
            );
        }
    };
}
pub(crate) use params;

/// A compute shader before it is compiled.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    /// The name of its file, of its kernel file and of its mirror.
    pub stem: &'static str,
    /// Its name among all kernels: the stem, and what it works on if there are several such.
    pub label: &'static str,
    /// Its uniforms in WGSL.
    pub params: &'static str,
    /// Shared pieces it needs, in groups, one behind the other.
    pub includes: [&'static [&'static str]; 2],
    /// Its file.
    pub body: &'static str,
    /// Its storage buffers, in groups, one behind the other.
    pub bindings: [&'static [Binding]; 2],
}

impl Source {
    /// Its storage buffers.
    pub fn bindings(&self) -> impl Iterator<Item = &'static Binding> {
        self.bindings.into_iter().flatten()
    }

    /// The whole module as the compiler sees it, if its buffers are split as `split`.
    #[must_use]
    pub fn wgsl(&self, split: &Split) -> String {
        let mut text = prelude();
        text.push_str(self.params);
        text.push_str(&declarations(self.bindings(), split));
        for include in self.includes.into_iter().flatten() {
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
        ("FFT_NODES", FFT_NODES as usize),
        ("FFT_LANES", FFT_LANES as usize),
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
    label: &'static str,
    layout: wgpu::BindGroupLayout,
    pipeline: wgpu::ComputePipeline,
}

impl Kernel {
    /// Compiles `source` for buffers split as `split`.
    #[must_use]
    pub fn new(device: &wgpu::Device, source: &Source, split: &Split) -> Self {
        let storage = source.bindings().zip(&split.parts).flat_map(|(binding, &parts)| {
            let read_only = binding.access == Access::Read;
            std::iter::repeat_n(wgpu::BufferBindingType::Storage { read_only }, parts)
        });
        let plan = std::iter::repeat_n(wgpu::BufferBindingType::Storage { read_only: true }, split.plan_parts);
        // A plan in parts fills all of them: only one that is whole shares its buffer with those of other steps.
        let with_offset = if split.plan_parts == 1 { 2 } else { 1 };
        let entries: Vec<_> = std::iter::once(wgpu::BufferBindingType::Uniform)
            .chain(plan)
            .chain(storage)
            .enumerate()
            .map(|(binding, ty)| wgpu::BindGroupLayoutEntry {
                binding: binding as u32,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: binding < with_offset, min_binding_size: None },
                count: None,
            })
            .collect();
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some(source.label),
            entries: &entries,
        });
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(source.label),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(source.label),
            source: wgpu::ShaderSource::Wgsl(source.wgsl(split).into()),
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(source.label),
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        });
        Self { label: source.label, layout, pipeline }
    }

    /// Binds uniforms and plan, of which each dispatch says where its own begin (of the plan only if that is whole), and
    /// the parts of the kernel's buffers.
    #[must_use]
    pub fn bind<'a>(
        &self,
        device: &wgpu::Device,
        params: Window<'a>,
        plan: &[Window<'a>],
        parts: impl Iterator<Item = &'a wgpu::Buffer>,
    ) -> wgpu::BindGroup {
        let seen = std::iter::once(&params).chain(plan).map(|window| {
            let size = wgpu::BufferSize::new(window.bytes);
            wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer: window.buffer, offset: 0, size })
        });
        let entries: Vec<_> = seen
            .into_iter()
            .chain(parts.map(wgpu::Buffer::as_entire_binding))
            .enumerate()
            .map(|(binding, resource)| wgpu::BindGroupEntry { binding: binding as u32, resource })
            .collect();
        device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(self.label),
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

/// As many bytes of a buffer as a dispatch sees, wherever it says that they begin.
#[derive(Debug, Clone, Copy)]
pub struct Window<'a> {
    /// The buffer.
    pub buffer: &'a wgpu::Buffer,
    /// Bytes seen.
    pub bytes: u64,
}
