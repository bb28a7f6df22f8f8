/* Loaded before the C library: a clock that the main thread cannot read once the file exists that IN_FORCE names. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
    const char *path = getenv("IN_FORCE");
    if (path && syscall(SYS_gettid) == getpid() && access(path, F_OK) == 0) {
        errno = EINVAL;
        return -1;
    }
    return syscall(SYS_clock_gettime, clock, time);
}
