/* Loaded before the C library: a disk on which each write to a file named *.jsonl or *.log takes a while, in the middle of
 * which half of it is in the file. A process that ends meanwhile tears the line, as the kernel does with a large write. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "logs.h"

#define FILES 64

/* The kernel writes to a file for one thread at a time. A lock for each file, by its inode. */
static pthread_mutex_t locks[FILES];
static ino_t inodes[FILES];
static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void init(void) {
    for (int at = 0; at < FILES; at++) pthread_mutex_init(&locks[at], NULL);
}

static pthread_mutex_t *lock_of(int fd) {
    struct stat status = {0};
    int at = 0;
    fstat(fd, &status);
    pthread_mutex_lock(&table);
    while (at < FILES - 1 && inodes[at] && inodes[at] != status.st_ino) at++;
    inodes[at] = status.st_ino;
    pthread_mutex_unlock(&table);
    return &locks[at];
}

static ssize_t slow(int fd, const char *bytes, size_t count) {
    struct timespec pause = {0, 5 * 1000 * 1000};
    ssize_t half = syscall(SYS_write, fd, bytes, count / 2);
    if (half < 0) return half;
    nanosleep(&pause, NULL);
    ssize_t rest = syscall(SYS_write, fd, bytes + half, count - half);
    return rest < 0 ? rest : half + rest;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    if (count < 2 || !is_log(fd)) return syscall(SYS_write, fd, bytes, count);
    pthread_mutex_t *lock = lock_of(fd);
    pthread_mutex_lock(lock);
    ssize_t written = slow(fd, bytes, count);
    pthread_mutex_unlock(lock);
    return written;
}

/* Waits for a write in progress, as the kernel does. */
int fchmod(int fd, mode_t mode) {
    if (is_log(fd)) {
        pthread_mutex_t *lock = lock_of(fd);
        pthread_mutex_lock(lock);
        pthread_mutex_unlock(lock);
    }
    return syscall(SYS_fchmod, fd, mode);
}
