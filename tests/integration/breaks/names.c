/* Functions of libc that the program, or a library of it, defines itself; arguments that seldom
 * stand; a child that is forked on a small stack; and a program whose child allocates, but not
 * itself. It prints "fine".
 *
 *     names            getpid, mmap and malloc are not libc's
 *     names moves      mremap with a wish
 *     names forks      on a coroutine's stack of 16 KiB
 *     names leaves     all allocations to a child */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

extern int names_mapped;
extern void *__libc_malloc(size_t size);

enum { PAGE = 4096, ROOM = 16384, BELOW = 65536 };

static ucontext_t outside, coroutine;
static char *memory;

pid_t getpid(void) {
    return 1;
}

#ifdef PRIVATE
void *(*volatile by_private_name)(size_t) = __libc_malloc; /* never called */
#endif

static void *map(size_t bytes) {
    return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static int use_names(void) {
    void *block = malloc(10);
    memset(block, 1, 10);
    free(block);
    return getpid() == 1 && map(12345) && names_mapped == 1 ? 0 : 3;
}

static int move(void) {
    char *old = map(PAGE), *wanted = map(64 * PAGE);
    munmap(wanted, 64 * PAGE);
    char *got = mremap(old, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, wanted);
    return got == wanted ? 0 : 4;
}

static int wait_for(pid_t child) {
    int status;
    return waitpid(child, &status, 0) == child && status == 0 ? 0 : 5;
}

static void fork_here(void) {
    pid_t child = fork();
    if (child == 0) {
        free(malloc(10));
        for (int i = 0; i < BELOW; i++) {
            if (memory[i] != 0x5a)
                _exit(6);
        }
        _exit(0);
    }
    _exit(wait_for(child) || write(STDOUT_FILENO, "fine\n", 5) != 5);
}

static int switch_and_fork(void) {
    memory = map(BELOW + ROOM);
    memset(memory, 0x5a, BELOW);
    getcontext(&coroutine);
    coroutine.uc_link = &outside;
    coroutine.uc_stack.ss_sp = memory + BELOW;
    coroutine.uc_stack.ss_size = ROOM;
    makecontext(&coroutine, fork_here, 0);
    return swapcontext(&outside, &coroutine);
}

static int leave_to_child(void) {
    pid_t child = fork();
    for (int i = 0; child == 0 && i < 1000; i++)
        free(malloc(10));
    if (child == 0)
        _exit(0);
    return wait_for(child);
}

int main(int count, char **arguments) {
    char what = count > 1 ? arguments[1][0] : 'n';
    int failed = what == 'm'   ? move()
                 : what == 'f' ? switch_and_fork()
                 : what == 'l' ? leave_to_child()
                               : use_names();
    return failed ? failed : write(STDOUT_FILENO, "fine\n", 5) != 5;
}
