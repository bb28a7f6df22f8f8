/* Loaded before the C library: a disk that fails when and where a test says so.
 *
 * IN_FORCE names a file. While that says `ERRNO BYTES TRUNCATE`, writes to files named *.jsonl or *.log take
 * so many bytes together and answer ERRNO from there on; where TRUNCATE is 1, so does their truncation.
 * Empty: nothing fails. What is written anew begins anew. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "logs.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char in_force[64];
static long left;

/* The error that is in force, 0 where none is. Under the lock. */
static int fault(int *truncates) {
    char said[64] = "";
    const char *path = getenv("IN_FORCE");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file >= 0) {
        ssize_t len = read(file, said, sizeof said - 1);
        close(file);
        if (len >= 0) said[len] = 0;
    }
    int error = 0, truncate = 0;
    long bytes = 0;
    sscanf(said, "%d %ld %d", &error, &bytes, &truncate);
    if (strcmp(said, in_force)) {
        strcpy(in_force, said);
        left = bytes;
    }
    *truncates = truncate;
    return error;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    if (is_log(fd)) {
        int truncates, error;
        pthread_mutex_lock(&lock);
        error = fault(&truncates);
        if (error && left < (long)count) {
            count = left;
        }
        if (error) left -= count;
        pthread_mutex_unlock(&lock);
        if (error && !count) {
            errno = error;
            return -1;
        }
    }
    return syscall(SYS_write, fd, bytes, count);
}

int ftruncate64(int fd, off64_t len) {
    if (is_log(fd)) {
        int truncates, error;
        pthread_mutex_lock(&lock);
        error = fault(&truncates);
        pthread_mutex_unlock(&lock);
        if (error && truncates) {
            errno = error;
            return -1;
        }
    }
    return syscall(SYS_ftruncate, fd, len);
}
