/* Loaded before the C library: a system clock that a test sets. IN_FORCE names a file of 24 bytes: the
 * nanoseconds by which the system's clock is ahead of the real one; if the second number is not 0, the clock stands still at the
 * third one, in seconds since 1970. The monotonic clock is left alone. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static _Atomic int64_t *ahead;

__attribute__((constructor)) static void look(void) {
    const char *path = getenv("IN_FORCE");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *page = mmap(NULL, 24, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (page != MAP_FAILED) ahead = page;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && clock == CLOCK_REALTIME && ahead && ahead[1]) {
        time->tv_sec = ahead[2];
    } else if (result == 0 && clock == CLOCK_REALTIME && ahead) {
        int64_t nanos = *ahead + time->tv_nsec;
        int64_t seconds = nanos / 1000000000;
        nanos -= seconds * 1000000000;
        if (nanos < 0) {
            nanos += 1000000000;
            seconds -= 1;
        }
        time->tv_sec += seconds;
        time->tv_nsec = nanos;
    }
    return result;
}
