/* Memory that the program takes past malloc; and memory that an allocator takes for it. */
#include "subject.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, BIG = 8 << 20 };

static void *map(size_t size) {
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(at != MAP_FAILED);
    return at;
}

int main(void) {
    void *a = map(3 * PAGE), *b = map(PAGE);
    a = mremap(a, 3 * PAGE, 5 * PAGE, MREMAP_MAYMOVE); /* takes two pages more */
    REQUIRE(a != MAP_FAILED);
    munmap(b, PAGE);
    char *before = sbrk(PAGE); /* a page */
    REQUIRE(before != (void *)-1 && sbrk(0) == before + PAGE);
    REQUIRE(brk(before + 3 * PAGE) == 0); /* two pages more */
    REQUIRE(brk(before + PAGE) == 0);     /* given back: nothing taken */
    void *big = malloc(BIG);              /* maps, but that is the allocator's doing */
    memset(big, 1, BIG);
    free(big);
    return 0;
}
