//! Every kernel as linked is valid WGSL, keeps WebGPU's default limits, and agrees with the host on layouts.
#![cfg(not(target_arch = "wasm32"))]

use std::mem::offset_of;

use lanevm_core::{gpu::layout::Plan, shaders::KERNELS};
use naga::{
    AddressSpace, Module, TypeInner,
    valid::{Capabilities, ValidationFlags, Validator},
};

fn parse(name: &str, wgsl: &str) -> Module {
    naga::front::wgsl::parse_str(wgsl).unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(wgsl)))
}

#[test]
fn every_kernel_is_valid_without_extensions() {
    for kernel in KERNELS {
        let module = parse(kernel.name, kernel.wgsl());
        Validator::new(ValidationFlags::all(), Capabilities::empty())
            .validate(&module)
            .unwrap_or_else(|error| panic!("{}: {}", kernel.name, error.emit_to_string(kernel.wgsl())));
    }
}

#[test]
fn no_kernel_binds_more_than_the_default_limits_allow() {
    for kernel in KERNELS {
        let module = parse(kernel.name, kernel.wgsl());
        let bound = module.global_variables.iter().filter_map(|(_, variable)| {
            variable
                .binding
                .as_ref()
                .map(|binding| (binding.group, matches!(variable.space, AddressSpace::Storage { .. })))
        });
        let (mut storage, mut groups) = (0, 0);
        for (group, is_storage) in bound {
            storage += u32::from(is_storage);
            groups = groups.max(group + 1);
        }
        assert!(storage <= 8, "{}: {storage} storage buffers", kernel.name);
        assert!(groups <= 4, "{}: {groups} bind groups", kernel.name);
        for entry in &module.entry_points {
            let [x, y, z] = entry.workgroup_size;
            assert!(x * y * z <= 256, "{}: {x} x {y} x {z} invocations", kernel.name);
        }
    }
}

#[test]
fn the_plan_is_the_same_on_host_and_device() {
    let mut seen = 0;
    for kernel in KERNELS {
        let module = parse(kernel.name, kernel.wgsl());
        let Some((_, plan)) = module.types.iter().find(|(_, ty)| ty.name.as_deref() == Some("Plan")) else { continue };
        seen += 1;
        let TypeInner::Struct { members, span } = &plan.inner else { panic!("{}: Plan is no struct", kernel.name) };
        let found: Vec<(&str, usize)> =
            members.iter().map(|member| (member.name.as_deref().unwrap_or(""), member.offset as usize)).collect();
        macro_rules! fields {
            ($($field:ident),* $(,)?) => { vec![$((stringify!($field), offset_of!(Plan, $field)),)*] };
        }
        let expected = fields![
            lanes,
            stack_items,
            memory_words,
            slots,
            log_words,
            memory_base,
            fuel,
            world_mask,
            world_seed,
            world_probes,
            max_steps_lo,
            max_steps_hi,
            nonce,
            keccak_rounds,
            gather_from,
            gather_words,
            scratch,
            frames,
            accounts,
            journal,
            accounts_at,
            journal_at,
            account_table,
            account_mask,
            account_probes,
            account_records,
            world_bases,
            world_chain,
            registry,
            registry_mask,
            registry_room,
            code_at,
            code_room,
            raw_at,
            raw_room,
            services,
            precompiles,
            precompile_tables,
            record_gap,
            template_at,
            cover_at,
            cover_words,
            ways,
        ];
        assert_eq!(found, expected, "{}", kernel.name);
        assert_eq!(*span as usize, size_of::<Plan>(), "{}", kernel.name);
    }
    assert!(seen >= 9, "only {seen} kernels read the plan");
}

/// Every loop says in the line above what bounds it.
#[test]
fn every_loop_names_its_bound() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shaders/wesl");
    let mut loops = 0;
    for entry in std::fs::read_dir(folder).expect("the shader modules") {
        let path = entry.expect("the shader modules").path();
        let text = std::fs::read_to_string(&path).expect("a shader module");
        let mut above = "";
        let mut commented = "";
        for line in text.lines() {
            let code = line.trim_start();
            if code.starts_with("for ") || code.starts_with("while ") || code.starts_with("loop ") {
                loops += 1;
                assert!(
                    above.trim_start().starts_with("//") && commented.contains("ounded by"),
                    "{}: {line}",
                    path.display()
                );
            }
            if code.starts_with("//") {
                commented = code;
            }
            above = line;
        }
    }
    assert!(loops > 10);
}
