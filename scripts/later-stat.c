/* Loaded before the C library: the times of files are FAKETIME seconds ahead of the real ones, as
 * libfaketime's clock is. libfaketime 0.9.10 changes neither statx(2), which the standard library of Rust calls, nor
 * fstatat(3) and the functions with the suffix 64, which rustix calls. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static long long ahead;

__attribute__((constructor)) static void look(void) {
    const char *seconds = getenv("FAKETIME");
    ahead = seconds ? atoll(seconds) : 0;
}

int statx(int directory, const char *restrict path, int flags, unsigned mask, struct statx *restrict found) {
    int result = (int)syscall(SYS_statx, directory, path, flags, mask, found);
    if (result == 0) {
        found->stx_atime.tv_sec += ahead;
        found->stx_btime.tv_sec += ahead;
        found->stx_ctime.tv_sec += ahead;
        found->stx_mtime.tv_sec += ahead;
    }
    return result;
}

static int later(int result, struct stat *found) {
    if (result == 0) {
        found->st_atim.tv_sec += ahead;
        found->st_ctim.tv_sec += ahead;
        found->st_mtim.tv_sec += ahead;
    }
    return result;
}

/* With 64 bits, stat and stat64 are one structure. */
int fstatat(int directory, const char *restrict path, struct stat *restrict found, int flags) {
    return later(syscall(SYS_newfstatat, directory, path, found, flags), found);
}

int fstatat64(int directory, const char *restrict path, struct stat64 *restrict found, int flags) {
    return fstatat(directory, path, (struct stat *)found, flags);
}

int fstat64(int file, struct stat64 *found) {
    return later(syscall(SYS_fstat, file, found), (struct stat *)found);
}
