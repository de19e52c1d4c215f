/* Makes writing fail, for tests: loaded into pixseek with LD_PRELOAD (see tests/it/faulty_storage.rs).
 *
 * FAULT_BELOW   calls on files whose path begins with this are counted; all others go through
 * FAULT_AFTER   the number of counted calls that go through before the first that fails
 * FAULT_KIND    eio: that call and all later ones fail with EIO
 *               once: that call alone fails with EIO
 *               full: writing fails with ENOSPC from then on
 *               short: from then on, every other write takes only a part, as a disk may that is nearly full
 *               read: reading fails with EIO once
 *
 * When the process ends, nothing is said: the test counts calls by running with a number that is never reached and
 * FAULT_COUNT, the name of a file that gets the number of counted calls.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;
static const char *below, *kind;
static long after = -1;

static void count_at_end(void) {
    const char *name = getenv("FAULT_COUNT");
    /* A child that decodes pictures writes nothing, and is not to say so. */
    FILE *file = name && atomic_load(&calls) ? fopen(name, "w") : NULL;
    if (file) {
        fprintf(file, "%ld", atomic_load(&calls));
        fclose(file);
    }
}

__attribute__((constructor)) static void begin(void) {
    const char *number = getenv("FAULT_AFTER");
    below = getenv("FAULT_BELOW");
    kind = getenv("FAULT_KIND");
    if (below && kind && number) after = atol(number);
    if (getenv("FAULT_COUNT")) atexit(count_at_end);
}

static int is_below(int fd) {
    char link[64], path[4096];
    int saved = errno;
    if (after < 0 || fd < 3) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = saved;
    if (length <= 0) return 0;
    path[length] = 0;
    return strncmp(path, below, strlen(below)) == 0;
}

static int is(const char *name) { return strcmp(kind, name) == 0; }

/* The error of a call that writes or, if `writes` is 0, brings what was written to the disk; 0 if it goes through. */
static int fails(int fd, int writes) {
    if (!is_below(fd) || is("read")) return 0;
    long number = atomic_fetch_add(&calls, 1);
    if (number < after) return 0;
    if (is("eio") || (is("once") && number == after)) return EIO;
    if (is("full") && writes) return ENOSPC;
    return 0;
}

/* How much of a write goes through. */
static size_t part(int fd, size_t count) {
    if (after < 0 || !is("short") || !is_below(fd)) return count;
    long number = atomic_load(&calls);
    return number > after && number % 2 && count > 1 ? (count + 1) / 2 : count;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAIL(fd, writes)            \
    do {                            \
        int error = fails(fd, writes); \
        if (error) {                \
            errno = error;          \
            return -1;              \
        }                           \
    } while (0)

ssize_t write(int fd, const void *bytes, size_t count) {
    FAIL(fd, 1);
    return REAL(write)(fd, bytes, part(fd, count));
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    FAIL(fd, 1);
    return REAL(writev)(fd, parts, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    FAIL(fd, 1);
    return REAL(pwrite)(fd, bytes, part(fd, count), at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    FAIL(fd, 1);
    return REAL(pwrite64)(fd, bytes, part(fd, count), at);
}

int fsync(int fd) {
    FAIL(fd, 0);
    return REAL(fsync)(fd);
}

int fdatasync(int fd) {
    FAIL(fd, 0);
    return REAL(fdatasync)(fd);
}

int ftruncate(int fd, off_t length) {
    FAIL(fd, 1);
    return REAL(ftruncate)(fd, length);
}

int ftruncate64(int fd, off64_t length) {
    FAIL(fd, 1);
    return REAL(ftruncate64)(fd, length);
}

/* Whether a read fails. */
static int read_fails(int fd) {
    if (!is_below(fd) || !is("read")) return 0;
    return atomic_fetch_add(&calls, 1) == after;
}

ssize_t read(int fd, void *bytes, size_t count) {
    if (read_fails(fd)) {
        errno = EIO;
        return -1;
    }
    return REAL(read)(fd, bytes, count);
}

ssize_t pread64(int fd, void *bytes, size_t count, off64_t at) {
    if (read_fails(fd)) {
        errno = EIO;
        return -1;
    }
    return REAL(pread64)(fd, bytes, count, at);
}
