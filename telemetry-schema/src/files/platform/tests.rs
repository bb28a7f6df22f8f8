use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Result, Write};
use std::path::Path;

use super::{other, unix};

/// Does not compile where the two sides differ.
#[test]
fn both_sides_have_the_same_signatures() {
    type OnPath<T> = fn(&Path) -> Result<T>;
    type MakePrivate = fn(&Path, &Metadata) -> Result<()>;
    let _: [OnPath<()>; 2] = [unix::create_directory, other::create_directory];
    let _: [MakePrivate; 2] = [unix::make_private, other::make_private];
    let _: [fn(&Metadata) -> Option<String>; 2] =
        [unix::writable_by_others, other::writable_by_others];
    let _: [OnPath<File>; 2] = [unix::create_new, other::create_new];
    let _: [OnPath<File>; 2] = [unix::open_append, other::open_append];
    let _: [OnPath<File>; 2] = [unix::open_read, other::open_read];
    let _: [fn(&File); 2] = [unix::let_writes_finish, other::let_writes_finish];
    let _: [fn(&File, u64) -> Result<bool>; 2] = [unix::ends_torn, other::ends_torn];
    let _: fn(&Metadata) -> unix::Identity = unix::identity;
    let _: fn(&Metadata) -> other::Identity = other::identity;
}

/// One test for what both sides promise.
macro_rules! promises {
    ($side:ident) => {
        #[test]
        fn $side() {
            let directory = tempfile::tempdir().unwrap();
            let below = directory.path().join("a/b");
            $side::create_directory(&below).unwrap();
            $side::create_directory(&below).unwrap();
            let (file, link) = (below.join("log"), below.join("link"));
            let mut log = $side::create_new(&file).unwrap();
            let again = $side::create_new(&file).unwrap_err();
            assert_eq!(again.kind(), ErrorKind::AlreadyExists);
            assert!(!$side::ends_torn(&log, 0).unwrap());
            log.write_all(b"line\nhalf").unwrap();
            assert!(!$side::ends_torn(&log, 5).unwrap());
            assert!($side::ends_torn(&log, 9).unwrap());
            // The look at the end did not move where writes go, and others append as well.
            $side::open_append(&file).unwrap().write_all(b" ").unwrap();
            log.write_all(b"done\n").unwrap();
            assert_eq!(fs::read(&file).unwrap(), b"line\nhalf done\n");
            let metadata = fs::metadata(&file).unwrap();
            let opened = $side::open_read(&file).unwrap().metadata().unwrap();
            assert_eq!($side::identity(&metadata), $side::identity(&opened));

            std::os::unix::fs::symlink(&file, &link).unwrap();
            $side::open_append(&link).unwrap_err();
            $side::open_read(&link).unwrap_err();
            $side::create_new(&link).unwrap_err();
            $side::open_append(&below).unwrap_err();
        }
    };
}

mod promised {
    use super::*;
    promises!(unix);
    promises!(other);
}
