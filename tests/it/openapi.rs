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
