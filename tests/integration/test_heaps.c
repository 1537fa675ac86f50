/* Memory that does not come from our malloc leaves every count open, and is told. */
#include "exec_support.h"
#include "scratch_folder.h"

#include <criterion/criterion.h>
#include <string.h>

#define HEAPS  TA_BUILD_DIR "/tests/exec_heaps"
#define MODULE TA_BUILD_DIR "/tests/exec_heaps_module.so"

TestSuite(heaps, .init = scratch_make, .fini = scratch_remove);

static void expect(const char *const *arguments, int code, const char *what, const char *state) {
    const char *all[16] = {"--json", "result.json", "--budget", "allocs < 100"};
    for (unsigned i = 0; arguments[i]; i++)
        all[i + 4] = arguments[i];
    program_end end = exec_audited(all);
    cr_expect_eq(end.code, code, "%d, not %d: %s", end.code, code, end.err);
    program_end_free(&end);
    cJSON *root = exec_result();
    const cJSON *entry;
    unsigned found = 0;
    cJSON_ArrayForEach(entry, cJSON_GetObjectItem(root, "evidence")) {
        if (strcmp(exec_text(entry, "what"), what) != 0)
            continue;
        cr_expect_str_eq(exec_text(entry, "state"), state, "%s", exec_text(entry, "detail"));
        found++;
    }
    cr_expect_eq(found, 1);
    cJSON_Delete(root);
}

#define EXPECT(code, what, state, ...)                                                             \
    expect((const char *const[]){__VA_ARGS__, NULL}, code, what, state)

Test(heaps, one_that_grows_by_mmap_is_not_counted_and_that_is_told) {
    EXPECT(3, "memory_ours", "incomplete", "--", HEAPS, "mmap", "8");
    cJSON *root = exec_result();
    char *text = cJSON_Print(cJSON_GetObjectItem(root, "evidence"));
    cr_expect(strstr(text, "exec_heaps took 1048576 bytes from the kernel in 8 calls"), "%s", text);
    cJSON_free(text);
    cJSON_Delete(root);
}

Test(heaps, one_that_grows_by_the_break_too) {
    EXPECT(3, "memory_ours", "incomplete", "--", HEAPS, "break", "1");
}

Test(heaps, one_that_maps_dev_zero_too) {
    EXPECT(3, "memory_ours", "incomplete", "--", HEAPS, "zero", "8");
}

/* As Python's ctypes does. */
Test(heaps, what_is_looked_up_in_libc_itself_is_counted) {
    EXPECT(1, "heaps_ours", "complete", "--", HEAPS, "libc", "libc.so.6");
    cJSON *root = exec_result();
    cr_expect_geq(exec_total(root, "allocs"), 1000);
    cr_expect_lt(exec_total(root, "allocs"), 1100);
    cJSON_Delete(root);
    EXPECT(1, "heaps_ours", "complete", "--allocator", "mimalloc", "--", HEAPS, "libc",
           "libc.so.6");
}

Test(heaps, a_private_name_of_libcs_allocator_is_told) {
    EXPECT(3, "heaps_ours", "incomplete", "--", HEAPS, "private");
}

Test(heaps, one_mapping_may_be_a_pool_that_was_meant) {
    EXPECT(0, "memory_ours", "unknown", "--", HEAPS, "mmap", "1");
    EXPECT(3, "memory_ours", "unknown", "--strict", "--", HEAPS, "mmap", "1");
}

Test(heaps, code_and_stacks_are_none) {
    EXPECT(0, "memory_ours", "complete", "--", HEAPS, "code");
    EXPECT(0, "memory_ours", "complete", "--", HEAPS, "stack");
}

Test(heaps, a_module_that_is_said_to_have_none_is_believed) {
    EXPECT(0, "memory_ours", "complete", "--allow-mapped", "exec_heaps", "--", HEAPS, "mmap", "8");
    EXPECT(0, "memory_ours", "complete", "--allow-mapped", "any", "--", HEAPS, "mmap", "8");
    EXPECT(3, "memory_ours", "incomplete", "--allow-mapped", "other", "--", HEAPS, "mmap", "8");
}

Test(heaps, a_childs_is_told_when_it_is_followed) {
    EXPECT(3, "memory_ours", "incomplete", "--follow", "--budget", "hot_allocs <= 1", "--",
           "/bin/sh", "-c", HEAPS " mmap 8");
}

Test(heaps, another_namespace_is_not_counted_and_that_is_told) {
    EXPECT(3, "namespaces_ours", "incomplete", "--", HEAPS, "namespace", MODULE);
    EXPECT(1, "namespaces_ours", "complete", "--", HEAPS, "plain", MODULE);
}

Test(heaps, a_namespace_that_could_not_be_made_is_none) {
    EXPECT(4, "namespaces_ours", "complete", "--", HEAPS, "namespace", "/no/such/module.so");
}
