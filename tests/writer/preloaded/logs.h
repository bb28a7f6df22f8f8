/* Whether a descriptor leads to a file named *.jsonl or *.log. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int is_log(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, sizeof path - 1);
    if (len < 0) return 0;
    path[len] = 0;
    const char *end = strrchr(path, '.');
    return end && (!strcmp(end, ".jsonl") || !strcmp(end, ".log"));
}
