/* A library that goes to a function of its own by a short jump, or through a table of pointers. */
void near_update(void);
void near_run(void);

static void *volatile sink;
extern void *malloc(unsigned long size);
extern void free(void *block);

#ifdef TABLE
void (*const near_table[])(void) = {near_update, near_update};
#endif

void near_update(void) {
    sink = malloc(8);
    free(sink);
}

void near_run(void) {
#ifdef TABLE
    near_table[sink != 0]();
#else
    near_update();
#endif
}
