//! Laws: what is written is read back, by the reader, the schema and the link.

use lanevm_core::{
    Absent, Address, Axis, B256, Bytes, Distribution, Fork, Level, U256,
    document::{
        AbiCall, Access, Account, Authorization, BlobSchedule, Block, CallBytes, CallList, Calldata, Document, Field,
        Hashes, Limits, Mode, ProgramEntry, Scalar, Spacing, State, Step, To, Transaction, Variation, Vary, schema,
    },
};
use proptest::{collection::vec, option, prelude::*};
use serde_json::{Value, json};

fn quantity() -> BoxedStrategy<U256> {
    (any::<[u64; 4]>(), 0usize..256).prop_map(|(limbs, by)| U256::from_limbs(limbs) >> by).boxed()
}

fn address() -> BoxedStrategy<Address> {
    any::<[u8; 20]>().prop_map(Address::new).boxed()
}

/// Any text, also one that shows badly.
fn name() -> BoxedStrategy<String> {
    prop_oneof!["[a-z]{1,8}", "\\PC{1,12}", Just("\u{202e}\"\\\n".to_owned())].boxed()
}

fn vary<T: Scalar + std::fmt::Debug + 'static>(one: BoxedStrategy<T>) -> BoxedStrategy<Vary<T>> {
    let spacing = prop_oneof![
        Just(Spacing::Open),
        (1u64..).prop_map(|step| Spacing::Step(U256::from(step))),
        (1usize..1 << 28).prop_map(Spacing::Count),
    ];
    let dist = prop_oneof![Just(Distribution::Uniform), Just(Distribution::LogUniform)];
    let how = prop_oneof![
        (one.clone(), one.clone(), spacing).prop_map(|(start, end, spacing)| Variation::Range { start, end, spacing }),
        vec(one.clone(), 1..4).prop_map(Variation::List),
        name().prop_map(Variation::Column),
        (dist, option::of(one.clone())).prop_map(|(dist, max)| Variation::Random { dist, min: None, max }),
        (one.clone(), one.clone()).prop_map(|(a, b)| {
            let (min, max) = if a.word() <= b.word() { (a, b) } else { (b, a) };
            Variation::Random { dist: Distribution::Uniform, min: Some(min), max: Some(max) }
        }),
        vec(one.clone(), 1..4).prop_map(Variation::Pick),
    ];
    prop_oneof![one.prop_map(Vary::Fixed), (how, option::of(name())).prop_map(|(how, axis)| Vary::Varies { how, axis }),].boxed()
}

fn bytes() -> BoxedStrategy<Bytes> {
    vec(any::<u8>(), 0..40).prop_map(Bytes::from).boxed()
}

/// What a page may keep, and arguments that are yet to be understood.
fn value() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-(1i64 << 53) + 1..1 << 53).prop_map(|number| json!(number)),
        name().prop_map(Value::String),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map(name(), inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
    .boxed()
}

fn account() -> BoxedStrategy<Account> {
    let storage = prop::collection::btree_map(quantity(), vary(quantity()), 0..3);
    (vary(quantity()), vary(any::<u64>().boxed()), bytes(), option::of(name()), storage)
        .prop_map(|(balance, nonce, code, program, storage)| {
            let code = if program.is_some() { Bytes::new() } else { code };
            Account { balance, nonce, code, program, storage }
        })
        .boxed()
}

fn block() -> BoxedStrategy<Block> {
    let hash = || any::<[u8; 32]>().prop_map(B256::new).boxed();
    let word = || any::<u64>().boxed();
    let hashes = prop_oneof![
        Just(Hashes::OfNumber),
        prop::collection::btree_map(any::<u64>(), hash(), 0..3).prop_map(Hashes::Listed)
    ];
    let schedule = option::of((0u64..1 << 53, 1u64..1 << 53))
        .prop_map(|it| it.map(|(max, base_fee_update_fraction)| BlobSchedule { max, base_fee_update_fraction }));
    let words = (vary(quantity()), vary(quantity()), vary(address()), vary(word()), vary(word()), vary(hash()));
    (words, hashes, schedule)
        .prop_map(|(words, block_hashes, blob_schedule)| {
            let (number, timestamp, coinbase, gas_limit, base_fee_per_gas, prev_randao) = words;
            Block {
                number,
                timestamp,
                coinbase,
                gas_limit,
                base_fee_per_gas,
                prev_randao,
                blob_schedule,
                block_hashes,
                ..Block::default()
            }
        })
        .boxed()
}

fn calldata() -> BoxedStrategy<Calldata> {
    let field = (option::of(name()), 0usize..1 << 30, 1usize..=32, vary(quantity()))
        .prop_map(|(name, offset, width, value)| Field { name, offset, width, value });
    let abi = prop_oneof![name().prop_map(Value::String), vec(value(), 0..3).prop_map(Value::Array)];
    prop_oneof![
        (bytes(), vec(field, 0..3)).prop_map(|(hex, fields)| Calldata::Bytes(CallBytes { hex, fields })),
        (vec(bytes(), 1..4), option::of(name())).prop_map(|(list, axis)| Calldata::List(CallList { list, axis })),
        (option::of(abi), name(), vec(value(), 0..3)).prop_map(|(abi, function, args)| Calldata::Abi(AbiCall {
            abi,
            function,
            args
        })),
    ]
    .boxed()
}

fn transaction() -> BoxedStrategy<Transaction> {
    let key = || any::<[u8; 32]>().prop_map(B256::new);
    let access = (address(), vec(key(), 0..3)).prop_map(|(address, storage_keys)| Access { address, storage_keys });
    let fee = || option::of(vary(quantity()));
    let nonce = option::of(vary(any::<u64>().boxed()));
    let chain_id = option::of(vary(any::<u64>().boxed()));
    let signed = (quantity(), address(), any::<u64>(), any::<u8>(), quantity(), quantity()).prop_map(
        |(chain_id, address, nonce, y_parity, r, s)| Authorization { chain_id, address, nonce, y_parity, r, s },
    );
    let lists = (option::of(vec(access, 0..3)), vec(key(), 0..3), option::of(vec(signed, 0..3)));
    (option::of(vary(address())), nonce, chain_id, fee(), fee(), fee(), fee(), lists)
        .prop_map(|(origin, nonce, chain_id, gas_price, max_fee_per_gas, max_priority_fee_per_gas, blob, lists)| {
            let (access_list, blob_versioned_hashes, authorization_list) = lists;
            Transaction {
                origin,
                nonce,
                chain_id,
                gas_price,
                max_fee_per_gas,
                max_priority_fee_per_gas,
                access_list,
                blob_versioned_hashes,
                max_fee_per_blob_gas: blob,
                authorization_list,
            }
        })
        .boxed()
}

fn step() -> BoxedStrategy<Step> {
    let to = prop_oneof![Just(To::Unsaid), Just(To::Create), vary(address()).prop_map(To::Account)];
    let gas = vary(any::<u64>().boxed());
    (option::of(name()), to, vary(address()), vary(quantity()), gas, calldata(), option::of(transaction()))
        .prop_map(|(program, to, from, value, gas, calldata, transaction)| Step {
            program,
            to,
            from,
            value,
            gas,
            calldata,
            transaction,
        })
        .boxed()
}

fn document() -> BoxedStrategy<Document> {
    let level = prop_oneof![Just(Level::Frame), Just(Level::Call), Just(Level::Transaction)];
    let mode = prop_oneof![Just(Mode::Sequence), Just(Mode::Independent)];
    let absent = prop_oneof![Just(Absent::Empty), Just(Absent::Unknown)];
    let accounts = prop::collection::btree_map(address(), account(), 0..3);
    let program = (bytes(), option::of(vec(value(), 0..2).prop_map(Value::Array)))
        .prop_map(|(code, abi)| ProgramEntry { code, abi });
    let programs = prop::collection::btree_map(name(), program, 0..3);
    let columns = prop::collection::btree_map(name(), vec(quantity(), 0..3), 0..3);
    let axis = (name(), 1usize..40).prop_map(|(name, len)| Axis { name, len });
    let head = (0..Fork::ALL.len(), level, mode, vary(any::<u64>().boxed()), block(), absent, accounts);
    let tail = (
        programs,
        columns,
        vec(axis, 0..3),
        option::of(1usize..1 << 28),
        any::<u64>(),
        option::of(any::<u64>()),
        vec(step(), 1..4),
        option::of(value()),
    );
    (head, tail)
        .prop_map(|(head, (programs, columns, axes, lanes, seed, limit, steps, ui))| {
            let (fork, level, mode, chain_id, block, absent, accounts) = head;
            let state = State { absent, accounts };
            let document = Document::new(Fork::ALL[fork], steps);
            let limits = Limits { steps: limit };
            Document {
                level,
                mode,
                chain_id,
                block,
                state,
                programs,
                columns,
                axes,
                lanes,
                seed,
                limits,
                ui,
                ..document
            }
        })
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_written_is_read_back(document in document()) {
        let json = document.to_json();
        let read = Document::from_json(&json);
        prop_assert_eq!(read.as_ref(), Ok(&document), "{}", json);
        let pretty = Document::from_json(&document.to_json_pretty());
        prop_assert_eq!(pretty.as_ref(), Ok(&document));
        let linked = Document::from_fragment(&format!("#{}", document.to_link_fragment()));
        prop_assert_eq!(linked.as_ref(), Ok(&document));
        prop_assert_eq!(read.unwrap().to_json(), json, "what is written is canonical");
    }

    /// Whatever it holds, making it ready ends, without a panic.
    #[test]
    fn preparing_ends(document in document()) {
        let small = Document { lanes: document.lanes.map(|lanes| lanes.min(1_000)), ..document };
        if let Ok(prepared) = small.prepare() {
            for step in 0..prepared.steps() {
                prop_assert_eq!(prepared.batch_of(step).validate(), Ok(()));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_is_written_is_by_the_schema(documents in vec(document(), 20)) {
        let schema = jsonschema::validator_for(&schema::document()).unwrap();
        for document in documents {
            let value = serde_json::from_str(&document.to_json()).unwrap();
            let errors: Vec<String> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
            prop_assert!(errors.is_empty(), "{:?}", errors);
        }
    }
}

/// Every prefix of a link and of a document is refused, or is a document: nothing panics.
#[test]
fn parts_of_documents_do_no_harm() {
    let step = Step { program: Some("p".into()), ..Step::default() };
    let mut document = Document::new(Fork::Osaka, vec![step]);
    document.programs.insert("p".into(), ProgramEntry { code: vec![0x60; 60].into(), abi: None });
    let (json, link) = (document.to_json(), document.to_link_fragment());
    for end in 0..json.len() {
        assert!(Document::from_json(&json[..end]).is_err());
    }
    for end in 0..link.len() {
        assert!(Document::from_fragment(&link[..end]).is_err(), "{end} of {}", link.len());
    }
}
