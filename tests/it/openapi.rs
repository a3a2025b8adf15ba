//! The description that the page's client is generated from is the one that the appliance answers.

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/openapi.json");

#[test]
fn the_described_api_is_the_answered_one() {
    let answered = undertone::api::openapi_json() + "\n";
    if std::env::var_os("WRITE_OPENAPI").is_some() {
        std::fs::write(FILE, &answered).unwrap();
    }
    let described = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(
        described == answered,
        "ui/openapi.json is not what the appliance answers: run `WRITE_OPENAPI=1 cargo test --test it openapi`, \
         then `npm run api` in ui/"
    );
}

/// Clients are generated from these names.
#[test]
fn no_two_operations_have_the_same_name() {
    let described: serde_json::Value = serde_json::from_str(&undertone::api::openapi_json()).unwrap();
    let paths = described["paths"].as_object().unwrap().values();
    let mut names: Vec<_> = paths
        .flat_map(|path| path.as_object().unwrap().values())
        .map(|operation| operation["operationId"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| &pair[0]).collect();
    assert!(twice.is_empty(), "{twice:?}: give one of them an `operation_id`");
}
