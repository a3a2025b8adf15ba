//! Files that need one another in a circle, as far as the paths in them tell.
//!
//! A file needs another one when a path in it ends there, in a `use` or in the code. What a module only hands on with
//! `pub use` is looked for where it stands. What a folder's files share stands in their `mod.rs`: using that is no circle.

use std::collections::{BTreeMap, BTreeSet};

type Module = Vec<String>;

struct Source {
    path: String,
    uses: Vec<Use>,
    /// The code without its `use`s, comments and texts.
    code: String,
    own: BTreeSet<String>,
}

struct Use {
    hands_on: bool,
    path: Vec<String>,
    name: String,
}

/// A file to which another one leads, and by what names.
type Needs = BTreeMap<Module, BTreeSet<String>>;

/// A line for each circle: its files, and the names that tie them. `files`: path and text.
pub fn circles(files: impl Iterator<Item = (String, String)>) -> Vec<String> {
    let sources: BTreeMap<Module, Source> =
        files.map(|(path, text)| (module(&path), source(path, &text))).collect();
    let needs: BTreeMap<&Module, Needs> =
        sources.keys().map(|module| (module, needs(&sources, module))).collect();
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        needs.keys().map(|from| (*from, reached(&needs, from))).collect();
    let mut told = BTreeSet::new();
    let mut circles = Vec::new();
    for (module, far) in &reached {
        if !far.contains(module) || !told.insert(*module) {
            continue;
        }
        let circle: Vec<_> = far.iter().filter(|other| reached[**other].contains(module)).copied().collect();
        told.extend(&circle);
        let files: Vec<_> = circle.iter().map(|module| sources[*module].path.as_str()).collect();
        let ties =
            circle.iter().flat_map(|from| needs[*from].iter().map(move |(to, names)| (from, to, names)));
        let ties = ties.filter(|(_, to, _)| circle.contains(to)).map(|(from, to, names)| {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            format!("\n    {} takes {} from {}", sources[*from].path, names.join(", "), sources[to].path)
        });
        circles.push(format!(
            "{} need one another in a circle:{}",
            files.join(", "),
            ties.collect::<String>()
        ));
    }
    circles
}

fn reached<'a>(needs: &'a BTreeMap<&Module, Needs>, from: &Module) -> BTreeSet<&'a Module> {
    let mut found = BTreeSet::new();
    let mut ahead: Vec<&Module> = needs[from].keys().collect();
    while let Some(next) = ahead.pop() {
        if found.insert(next) {
            ahead.extend(needs[next].keys());
        }
    }
    found
}

fn module(path: &str) -> Module {
    let path = path.trim_start_matches("src/").trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if path == "lib" { Vec::new() } else { path.split('/').map(str::to_owned).collect() }
}

fn source(path: String, text: &str) -> Source {
    let text = bare(text.split("#[cfg(test)]").next().unwrap_or_default());
    let (mut uses, mut code, mut own) = (Vec::new(), String::new(), BTreeSet::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let start = line.trim_start();
        let is_public = start.starts_with("pub");
        let start = if is_public { start.split_once(' ').map_or("", |(_, rest)| rest) } else { start };
        if let Some(tree) = start.strip_prefix("use ") {
            let mut tree = tree.to_owned();
            while !tree.contains(';') {
                let Some(line) = lines.next() else { break };
                tree.push_str(line.trim());
            }
            let tree = tree.split(';').next().unwrap_or_default();
            branches(&[], tree, &mut |path, name| uses.push(Use { hands_on: is_public, path, name }));
        } else if !(start.starts_with("mod ") && start.ends_with(';')) {
            code.push_str(line);
            code.push('\n');
        }
    }
    let words: Vec<_> = code.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    const DEFINES: [&str; 8] = ["fn", "struct", "enum", "trait", "type", "const", "static", "union"];
    for pair in words.split(|word| DEFINES.contains(word)).skip(1) {
        own.extend(pair.iter().find(|word| !word.is_empty()).map(|word| (*word).to_owned()));
    }
    Source { path, uses, code, own }
}

/// Without comments and texts: what stands in them is no path.
fn bare(text: &str) -> String {
    let mut found = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['/', '"', '\'']) {
        found.push_str(&rest[..at]);
        let after = &rest[at..];
        let length = if after.starts_with("//") {
            after.find('\n').unwrap_or(after.len())
        } else if let Some(inside) = after.strip_prefix('"') {
            match found.chars().rev().find(|c| *c != '#') {
                Some('r') => {
                    let end = format!("\"{}", "#".repeat(found.len() - found.trim_end_matches('#').len()));
                    inside.find(&end).map_or(after.len(), |length| length + 1 + end.len())
                }
                _ => 1 + quoted(inside),
            }
        } else if after.starts_with("'\"'") {
            3
        } else {
            found.push_str(&after[..1]);
            1
        };
        rest = &after[length..];
    }
    found + rest
}

/// How far it is behind the end of a text that has begun.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' if !escaped => return at + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    text.len()
}

/// Every path of a `use`, with the name that it gets here.
fn branches(before: &[String], tree: &str, found: &mut impl FnMut(Vec<String>, String)) {
    let (path, names) = match tree.split_once('{') {
        Some((path, names)) => (path, names.rsplit_once('}').map(|(names, _)| names)),
        None => (tree, None),
    };
    let (path, alias) = path.split_once(" as ").map_or((path, None), |(path, alias)| (path, Some(alias)));
    let mut whole = before.to_vec();
    whole.extend(path.split("::").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned));
    let Some(names) = names else {
        if whole.len() > 1 && whole.last().is_some_and(|last| last == "self") {
            whole.pop();
        }
        let name =
            alias.map_or_else(|| whole.last().cloned().unwrap_or_default(), |alias| alias.trim().to_owned());
        return found(whole, name);
    };
    let (mut depth, mut start) = (0, 0);
    for (at, c) in names.char_indices().chain([(names.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !names[start..at].trim().is_empty() {
                    branches(&whole, names[start..at].trim(), found);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

fn needs(sources: &BTreeMap<Module, Source>, here: &Module) -> Needs {
    let Source { uses, code, .. } = &sources[here];
    let paths = paths(code);
    let words: BTreeSet<&str> = code.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let mut needs = Needs::new();
    let mut need = |path: Vec<String>, said: String| {
        // What a module shares with what it holds is no circle.
        if let Some(to) = place(sources, &path, 0).filter(|to| !here.starts_with(to)) {
            needs.entry(to).or_default().insert(said);
        }
    };
    let mut local = BTreeMap::new();
    for one in uses.iter().filter(|one| one.name != "*") {
        let Some(path) = whole(sources, here, &one.path) else { continue };
        local.insert(one.name.as_str(), path.clone());
        if !one.hands_on || words.contains(one.name.as_str()) {
            need(path, one.name.clone());
        }
    }
    for path in paths {
        let start = local.get(path[0]).cloned();
        let spelled: Vec<String> = path.iter().map(|part| (*part).to_owned()).collect();
        let found = match start {
            Some(start) => Some([start, spelled[1..].to_vec()].concat()),
            None => whole(sources, here, &spelled),
        };
        found.into_iter().for_each(|found| need(found, path[path.len() - 1].to_owned()));
    }
    needs
}

/// The paths that stand in code, part by part.
fn paths(code: &str) -> Vec<Vec<&str>> {
    let words = code.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
    let paths = words.map(|word| word.trim_end_matches(':')).filter(|word| word.contains("::"));
    let paths = paths.map(|path| path.split("::").collect::<Vec<_>>());
    paths.filter(|path| path.iter().all(|part| !part.is_empty() && !part.contains(':'))).collect()
}

/// From the root of the crate; `None` for what another crate has.
fn whole(sources: &BTreeMap<Module, Source>, here: &Module, path: &[String]) -> Option<Vec<String>> {
    match path.first()?.as_str() {
        "crate" => Some(path[1..].to_vec()),
        "self" => Some([here.as_slice(), &path[1..]].concat()),
        "super" => Some([&here[..here.len().checked_sub(1)?], &path[1..]].concat()),
        first => {
            let inner = [here.as_slice(), &[first.to_owned()]].concat();
            sources.contains_key(&inner).then(|| [here.as_slice(), path].concat())
        }
    }
}

/// The file in which what a path names stands.
fn place(sources: &BTreeMap<Module, Source>, path: &[String], handed_on: usize) -> Option<Module> {
    let depth = (0..=path.len()).rev().find(|depth| sources.contains_key(&path[..*depth]))?;
    let (module, rest) = path.split_at(depth);
    let source = &sources[module];
    let handed = rest.first().filter(|name| !source.own.contains(*name) && handed_on < 9);
    if let Some(one) = handed.and_then(|name| source.uses.iter().find(|one| one.name == *name)) {
        let path = [whole(sources, &module.to_vec(), &one.path)?, rest[1..].to_vec()].concat();
        return place(sources, &path, handed_on + 1);
    }
    Some(module.to_vec())
}
