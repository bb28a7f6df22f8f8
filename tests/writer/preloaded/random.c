/* Loaded before the C library: a system that gives out no random bytes. `getrandom` does not exist, and the devices of random
 * bytes cannot be opened, as in a sandbox or without free descriptors. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

ssize_t getrandom(void *bytes, size_t len, unsigned flags) {
    (void)bytes, (void)len, (void)flags;
    errno = ENOSYS;
    return -1;
}

static int open_unless_random(const char *path, int flags, mode_t mode) {
    if (!strcmp(path, "/dev/urandom") || !strcmp(path, "/dev/random")) {
        errno = EMFILE;
        return -1;
    }
    return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return open_unless_random(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return open_unless_random(path, flags | O_LARGEFILE, mode);
}
