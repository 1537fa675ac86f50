/* The program of rewritten.c. */
void duplicate(unsigned times);

int main(void) {
    duplicate(6);
    return 0;
}
