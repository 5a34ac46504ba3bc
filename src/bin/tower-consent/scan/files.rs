//! Pages on the disk: a file as it is, of a folder those whose names say that they are pages.

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use tower_consent::scan::Page;

use super::{Run, fetch::LARGEST};

const ENDINGS: [&str; 4] = ["htm", "html", "shtml", "xhtml"];

/// Reads a file, or the pages of a folder.
pub(super) fn scan(run: &mut Run, input: &str) -> Result<(), String> {
    let path = Path::new(input);
    let metadata = fs::metadata(path).map_err(|error| format!("cannot read {input}: {error}"))?;
    if metadata.is_dir() {
        let mut pages = Vec::new();
        collect(path, &mut pages).map_err(|error| format!("cannot read the folder {input}: {error}"))?;
        if pages.is_empty() {
            return Err(format!("{input} holds no pages: no file there ends in .{}", ENDINGS.join(", .")));
        }
        pages.sort();
        let all = pages.len();
        for page in picked(pages, run.left) {
            let name = page.display().to_string();
            if let Err(error) = read(run, &page, &name) {
                run.skip(name, error.to_string());
            }
        }
        if run.left == 0 && run.progress.count() < all {
            run.notes.push(format!(
                "{input} holds {all} pages, of which some were picked evenly; `--pages {all}` reads them all"
            ));
        }
        return Ok(());
    }
    if run.left == 0 {
        run.skip(input, "the number of pages given by --pages was reached before");
        return Ok(());
    }
    read(run, path, input).map_err(|error| format!("cannot read {input}: {error}"))
}

fn read(run: &mut Run, path: &Path, name: &str) -> std::io::Result<()> {
    run.progress.at(name);
    let mut body = Vec::new();
    File::open(path)?.take(LARGEST).read_to_end(&mut body)?;
    if body.len() as u64 == LARGEST {
        run.notes.push(format!("{name}: only the first {} MiB were read", LARGEST >> 20));
    }
    run.scanner.read(&Page::new(name, &body));
    run.progress.read();
    run.left -= 1;
    Ok(())
}

/// Gathers the pages below a folder. Links are not followed, since they may lead in a circle.
fn collect(folder: &Path, pages: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
        if kind.is_dir() {
            collect(&path, pages)?;
        } else if ending.is_some_and(|ending| ENDINGS.contains(&&*ending)) {
            pages.push(path);
        }
    }
    Ok(())
}

/// At most so many of them, evenly over the whole.
fn picked(pages: Vec<PathBuf>, most: usize) -> Vec<PathBuf> {
    let all = pages.len();
    if all <= most {
        return pages;
    }
    (0..most).map(|at| pages[at * all / most].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_picked_evenly() {
        let pages: Vec<PathBuf> = (0..10).map(|number| number.to_string().into()).collect();
        let names =
            |most| picked(pages.clone(), most).iter().map(|page| page.display().to_string()).collect::<Vec<_>>();
        assert_eq!(names(3), ["0", "3", "6"]);
        assert_eq!(names(10).len(), 10);
        assert_eq!(names(99).len(), 10);
    }
}
