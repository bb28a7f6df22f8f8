//! System calls that the standard library does not offer.
#![expect(unsafe_code, reason = "system calls through the C library")]

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::path::Path;

/// Limits the size of files. The signal of a write beyond the limit keeps its default action, which ends the process.
///
/// # Panics
///
/// If the system refuses.
pub fn limit_file_size(bytes: u64) {
    let limit = libc::rlimit {
        rlim_cur: bytes,
        rlim_max: libc::RLIM_INFINITY,
    };
    // SAFETY: the pointer is to a live, initialised limit.
    let result = unsafe { libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit) };
    assert_eq!(result, 0, "{}", io::Error::last_os_error());
}

/// Makes the system deny each call that reads a limit of this process, as a sandbox may do.
///
/// # Panics
///
/// If the system refuses.
pub fn deny_limits() {
    let number = u32::try_from(libc::SYS_prlimit64).expect("small");
    let denied = libc::SECCOMP_RET_ERRNO | libc::EPERM.unsigned_abs();
    let code = |code: u32| u16::try_from(code).expect("all codes fit");
    let load = code(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS);
    let compare = code(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K);
    let answer = code(libc::BPF_RET | libc::BPF_K);
    // SAFETY: the macros only make values. The filter is live during the calls; it loads the number of a call, and denies
    // the one of `prlimit64`.
    unsafe {
        let mut filter = [
            libc::BPF_STMT(load, 0),
            libc::BPF_JUMP(compare, number, 0, 1),
            libc::BPF_STMT(answer, denied),
            libc::BPF_STMT(answer, libc::SECCOMP_RET_ALLOW),
        ];
        let program = libc::sock_fprog {
            len: 4,
            filter: filter.as_mut_ptr(),
        };
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        let result = libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            libc::SECCOMP_FILTER_FLAG_TSYNC,
            &raw const program,
        );
        assert_eq!(result, 0, "{}", io::Error::last_os_error());
    }
}

/// Opens files until no more can be opened.
pub fn exhaust_files() -> Vec<File> {
    let limit = libc::rlimit {
        rlim_cur: 64,
        rlim_max: 64,
    };
    // SAFETY: the pointer is to a live, initialised limit.
    unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) };
    let mut files = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        files.push(file);
    }
    files
}

/// Changes to a user without privileges. Returns `false` if this process is not root.
pub fn drop_privileges() -> bool {
    const NOBODY: libc::uid_t = 65_534;
    // SAFETY: plain calls on integers; glibc changes all threads.
    unsafe { libc::getuid() == 0 && libc::setgid(NOBODY) == 0 && libc::setuid(NOBODY) == 0 }
}

/// Sets the permissions that the process takes away from new files.
pub fn set_umask(mask: u32) {
    // SAFETY: a plain call on an integer, which always succeeds.
    unsafe { libc::umask(mask) };
}

/// Gives a path to the user of [`drop_privileges`].
///
/// # Panics
///
/// If the system refuses.
pub fn give_to_nobody(path: &Path) {
    std::os::unix::fs::chown(path, Some(65_534), Some(65_534)).expect("root may");
}

/// Returns whether this process is root.
pub fn is_root() -> bool {
    // SAFETY: no arguments, always succeeds.
    unsafe { libc::getuid() == 0 }
}

/// The process that a fork returns in.
#[derive(Debug)]
pub enum Side {
    /// The process that forked, with the id of the child.
    Parent(libc::pid_t),
    /// The child.
    Child,
}

/// Forks without a subsequent exec.
///
/// # Panics
///
/// If the system refuses.
pub fn fork() -> Side {
    // SAFETY: the tests check that the runtime supports a fork while other threads run.
    match unsafe { libc::fork() } {
        0 => Side::Child,
        id if id > 0 => Side::Parent(id),
        _ => panic!("fork: {}", io::Error::last_os_error()),
    }
}

/// Ends the process at once, without running exit handlers.
pub fn exit_without_handlers() -> ! {
    // SAFETY: never returns, and may be called at any time.
    unsafe { libc::_exit(0) }
}

/// Waits for the end of a forked process, and returns its exit code as [`exit_code`] does.
///
/// # Panics
///
/// If this process did not fork it.
pub fn wait(id: libc::pid_t) -> i32 {
    let mut status = 0;
    // SAFETY: the pointer is to a live integer.
    let waited = unsafe { libc::waitpid(id, &raw mut status, 0) };
    assert_eq!(waited, id, "{}", io::Error::last_os_error());
    code_of(status)
}

/// Returns whether a descriptor is open.
pub fn is_open(descriptor: RawFd) -> bool {
    // SAFETY: only asks, and fails for a descriptor that is closed.
    unsafe { libc::fcntl(descriptor, libc::F_GETFD) != -1 }
}

/// Closes all descriptors but those of standard input, output and error, as daemons do.
///
/// # Panics
///
/// If the system refuses.
pub fn close_above_standard() {
    // SAFETY: the caller holds no file. The tests check that the runtime supports closed descriptors.
    let result = unsafe { libc::close_range(3, libc::c_uint::MAX, 0) };
    assert_eq!(result, 0, "{}", io::Error::last_os_error());
}

/// Returns the open descriptors of this process.
///
/// # Panics
///
/// If /proc is not mounted.
pub fn open_descriptors() -> Vec<RawFd> {
    let entries = std::fs::read_dir("/proc/self/fd").expect("/proc");
    let names: Vec<_> = entries
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    let numbers = names.iter().filter_map(|name| name.to_str()?.parse().ok());
    // The descriptor of the listing itself is closed by now.
    numbers.filter(|number| is_open(*number)).collect()
}

/// Puts a copy of a file's descriptor at this number; what was open there is closed.
///
/// # Panics
///
/// If the system refuses.
pub fn put_at(file: &File, number: RawFd) -> File {
    // SAFETY: the tests check that the runtime supports replaced descriptors. The number is owned by the returned file.
    unsafe {
        let result = libc::dup2(file.as_raw_fd(), number);
        assert_eq!(result, number, "{}", io::Error::last_os_error());
        File::from_raw_fd(number)
    }
}

/// Returns the exit code of a forked process that has ended, as a shell does: 128 and the signal's number
/// where a signal ended it. `None` while it runs.
pub fn exit_code(id: libc::pid_t) -> Option<i32> {
    let mut status = 0;
    // SAFETY: the pointer is to a live integer.
    let waited = unsafe { libc::waitpid(id, &raw mut status, libc::WNOHANG) };
    (waited == id).then(|| code_of(status))
}

fn code_of(status: libc::c_int) -> i32 {
    if libc::WIFSIGNALED(status) {
        128 + libc::WTERMSIG(status)
    } else {
        libc::WEXITSTATUS(status)
    }
}

/// Sends SIGKILL to a forked process.
pub fn kill(id: libc::pid_t) {
    // SAFETY: plain call on integers; the caller forked that process and has not waited for it yet.
    unsafe { libc::kill(id, libc::SIGKILL) };
}

/// Calls `handler` at each SIGUSR1.
///
/// # Panics
///
/// If the system refuses.
pub fn on_signal(handler: extern "C" fn(libc::c_int)) {
    // SAFETY: all bytes of the structure may be zero, which stands for no flags and an empty mask. The pointers are to
    // live values. The caller is responsible for the calls that the handler makes.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as *const () as libc::sighandler_t;
        action.sa_flags = libc::SA_RESTART;
        let result = libc::sigaction(libc::SIGUSR1, &raw const action, std::ptr::null_mut());
        assert_eq!(result, 0, "{}", io::Error::last_os_error());
    }
}

/// The thread that called [`this_thread`].
#[derive(Clone, Copy, Debug)]
pub struct ThreadId(libc::pthread_t);

/// Returns the calling thread.
pub fn this_thread() -> ThreadId {
    // SAFETY: always succeeds.
    ThreadId(unsafe { libc::pthread_self() })
}

/// Sends SIGUSR1 to a thread that has not ended.
pub fn signal(thread: ThreadId) {
    // SAFETY: the caller knows that the thread has not ended.
    unsafe { libc::pthread_kill(thread.0, libc::SIGUSR1) };
}

/// Returns the monotonic clock in nanoseconds, which two processes can compare and which cannot be set.
///
/// # Panics
///
/// If the system has no such clock.
pub fn monotonic_nanos() -> u128 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the pointer is to a live value.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    assert_eq!(result, 0, "{}", io::Error::last_os_error());
    let seconds = u128::try_from(time.tv_sec).expect("not negative");
    seconds * 1_000_000_000 + u128::try_from(time.tv_nsec).expect("not negative")
}

/// Returns the resident memory of this process in bytes.
///
/// # Panics
///
/// If /proc is not mounted.
pub fn resident_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").expect("/proc");
    let pages: u64 = text
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse().ok())
        .expect("the second number of statm");
    // SAFETY: no pointers.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    pages * u64::try_from(page).expect("a page has a size")
}

/// Returns how often the threads of a process with this name have given up the processor voluntarily. Returns `None` if
/// there is none yet, because a thread sets its name some time after its start.
///
/// # Panics
///
/// If /proc is not mounted.
pub fn sleeps(process: u32, thread: &str) -> Option<u64> {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).expect("/proc");
    let counts: Vec<u64> = threads
        .map(|entry| entry.expect("an entry").path().join("status"))
        // A thread that has ended meanwhile has no status.
        .filter_map(|status| std::fs::read_to_string(status).ok())
        .filter(|status| status.lines().next() == Some(&format!("Name:\t{thread}")))
        .filter_map(|status| {
            let count = status.split_once("\nvoluntary_ctxt_switches:")?.1;
            count.lines().next()?.trim().parse().ok()
        })
        .collect();
    (!counts.is_empty()).then(|| counts.iter().sum())
}

/// Mounts a file system of `bytes` in memory at `directory`, which is unmounted when the value is dropped.
///
/// # Errors
///
/// If the system refuses.
pub fn small_disk(directory: &Path, bytes: u64) -> io::Result<SmallDisk> {
    use std::os::unix::ffi::OsStrExt;
    let at = std::ffi::CString::new(directory.as_os_str().as_bytes())?;
    let options = std::ffi::CString::new(format!("size={bytes},mode=0700"))?;
    // SAFETY: four live, terminated strings.
    let result = unsafe {
        libc::mount(
            c"tmpfs".as_ptr(),
            at.as_ptr(),
            c"tmpfs".as_ptr(),
            0,
            options.as_ptr().cast(),
        )
    };
    if result == 0 {
        Ok(SmallDisk { at })
    } else {
        Err(io::Error::last_os_error())
    }
}

/// A mounted [`small_disk`].
#[derive(Debug)]
pub struct SmallDisk {
    at: std::ffi::CString,
}

impl SmallDisk {
    /// Makes the disk read-only or writable. Returns whether that succeeded.
    pub fn set_read_only(&self, read_only: bool) -> bool {
        let flags = libc::MS_REMOUNT | if read_only { libc::MS_RDONLY } else { 0 };
        // SAFETY: live, terminated strings; a remount takes no data.
        let result = unsafe {
            libc::mount(
                c"tmpfs".as_ptr(),
                self.at.as_ptr(),
                c"tmpfs".as_ptr(),
                flags,
                std::ptr::null(),
            )
        };
        result == 0
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // SAFETY: a live, terminated string.
        unsafe { libc::umount2(self.at.as_ptr(), libc::MNT_DETACH) };
    }
}
