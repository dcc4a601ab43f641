//! A kernel's storage buffers, each in one binding or split over several, and the WGSL that reads and writes them.

use std::fmt::Write;

/// How a kernel uses a storage buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reads only.
    Read,
    /// Reads and writes.
    Write,
    /// Adds to, in any order; words only.
    Add,
}

/// What a storage buffer is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// `vec4<f32>`: a row's numbers.
    Vec4,
    /// `f32`.
    Float,
    /// `u32`.
    Word,
    /// `vec2<f32>`: a complex number.
    Pair,
}

impl Element {
    const fn wgsl(self) -> &'static str {
        match self {
            Self::Vec4 => "vec4<f32>",
            Self::Float => "f32",
            Self::Word => "u32",
            Self::Pair => "vec2<f32>",
        }
    }

    /// log2 of its bytes.
    const fn log2_bytes(self) -> u32 {
        match self {
            Self::Vec4 => 4,
            Self::Pair => 3,
            Self::Float | Self::Word => 2,
        }
    }
}

/// One storage buffer of a kernel. A shader reads its element `at` with `load_NAME(at)` and, where it may, writes it with
/// `store_NAME(at, value)`; or all it does is `add_NAME(at, value)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// Its name in the shader.
    pub name: &'static str,
    /// Its elements.
    pub element: Element,
    /// Its use.
    pub access: Access,
}

impl Binding {
    /// A buffer that the kernel only reads.
    #[must_use]
    pub const fn read(name: &'static str, element: Element) -> Self {
        Self { name, element, access: Access::Read }
    }

    /// A buffer that the kernel reads and writes.
    #[must_use]
    pub const fn write(name: &'static str, element: Element) -> Self {
        Self { name, element, access: Access::Write }
    }

    /// A buffer that the kernel adds to.
    #[must_use]
    pub const fn add(name: &'static str, element: Element) -> Self {
        Self { name, element, access: Access::Add }
    }
}

/// How a kernel's buffers are split over bindings.
///
/// Every part but a buffer's last has the same power of two of bytes, so an element's part and place are a shift and a
/// mask of its index. Parts need not end with a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Split {
    /// log2 of a part's bytes; 0 where nothing is split, so that all such kernels are one.
    pub log2_part: u32,
    /// Parts of each binding, 1 and more.
    pub parts: Vec<usize>,
    /// log2 of the bytes of a part of the plan; 0 where the plan is whole.
    pub log2_plan_part: u32,
    /// Parts of the plan, 1 and more.
    pub plan_parts: usize,
}

impl Split {
    /// Each of `bindings` buffers in one binding, and so the plan.
    #[must_use]
    pub fn none(bindings: usize) -> Self {
        Self { log2_part: 0, parts: vec![1; bindings], log2_plan_part: 0, plan_parts: 1 }
    }

    /// Storage bindings in all, those of the plan among them.
    #[must_use]
    pub fn binding_count(&self) -> usize {
        self.plan_parts + self.parts.iter().sum::<usize>()
    }
}

/// The plan of a batch, which every kernel has in front of its own buffers.
const PLAN: Binding = Binding::read("plan", Element::Word);

/// Declarations of the plan, the first at binding 1 (0: uniforms), and of `bindings` behind it, and their access functions.
pub(super) fn declarations<'a>(bindings: impl Iterator<Item = &'a Binding>, split: &Split) -> String {
    let mut wgsl = String::new();
    let mut number = 1;
    let own = bindings.zip(&split.parts).map(|(binding, &parts)| (binding, parts, split.log2_part));
    for (binding, parts, log2_part) in std::iter::once((&PLAN, split.plan_parts, split.log2_plan_part)).chain(own) {
        let Binding { name, element, access } = *binding;
        let (kind, space) = (element.wgsl(), if access == Access::Read { "read" } else { "read_write" });
        let stored = if access == Access::Add { format!("atomic<{kind}>") } else { kind.to_owned() };
        for part in 0..parts {
            let declared =
                format!("@group(0) @binding({number}) var<storage, {space}> {name}_{part}: array<{stored}>;\n");
            wgsl.push_str(&declared);
            number += 1;
        }
        let shift = log2_part.saturating_sub(element.log2_bytes());
        // Writing to a String cannot fail.
        if access == Access::Add {
            let add = access_body(parts, shift, |part, at| format!("atomicAdd(&{name}_{part}[{at}], value);"));
            let _ = writeln!(wgsl, "fn add_{name}(at: u32, value: {kind}) {{\n{add}}}");
            continue;
        }
        let load = access_body(parts, shift, |part, at| format!("return {name}_{part}[{at}];"));
        let _ = writeln!(wgsl, "fn load_{name}(at: u32) -> {kind} {{\n{load}}}");
        if access == Access::Write {
            let store = access_body(parts, shift, |part, at| format!("{name}_{part}[{at}] = value;"));
            let _ = writeln!(wgsl, "fn store_{name}(at: u32, value: {kind}) {{\n{store}}}");
        }
    }
    wgsl
}

/// `one` on the part that holds element `at`. What lies beyond the last part is taken to the first, where the bounds of
/// the buffer catch it.
fn access_body(parts: usize, shift: u32, one: impl Fn(usize, &str) -> String) -> String {
    if parts == 1 {
        return format!("    {}\n", one(0, "at"));
    }
    let mut body = format!("    let within = at & {}u;\n    switch at >> {shift}u {{\n", (1u64 << shift) - 1);
    for part in 1..parts {
        let _ = writeln!(body, "        case {part}u: {{ {} }}", one(part, "within"));
    }
    let _ = writeln!(body, "        default: {{ {} }}\n    }}", one(0, "within"));
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_in_one_part_is_indexed_as_it_is() {
        let wgsl = declarations([Binding::read("ids", Element::Word)].iter(), &Split::none(1));
        assert_eq!(
            wgsl,
            "@group(0) @binding(1) var<storage, read> plan_0: array<u32>;\n\
             fn load_plan(at: u32) -> u32 {\n    return plan_0[at];\n}\n\
             @group(0) @binding(2) var<storage, read> ids_0: array<u32>;\n\
             fn load_ids(at: u32) -> u32 {\n    return ids_0[at];\n}\n"
        );
    }

    #[test]
    fn a_split_buffer_takes_its_parts_by_shift_and_mask_and_moves_the_bindings_behind_it() {
        let bindings = [Binding::write("table", Element::Vec4), Binding::read("ids", Element::Word)];
        let split = Split { log2_part: 10, parts: vec![3, 1], log2_plan_part: 12, plan_parts: 2 };
        let wgsl = declarations(bindings.iter(), &split);
        for expected in [
            "@binding(2) var<storage, read> plan_1: array<u32>;",
            "let within = at & 1023u;\n    switch at >> 10u {",
            "@binding(5) var<storage, read_write> table_2: array<vec4<f32>>;",
            "@binding(6) var<storage, read> ids_0: array<u32>;",
            "let within = at & 63u;\n    switch at >> 6u {",
            "case 2u: { table_2[within] = value; }",
        ] {
            assert!(wgsl.contains(expected), "{expected} is not in:\n{wgsl}");
        }
    }
}
