/* `fuzz --explain FILE …`: prints what the inputs do, and does it. */
#ifndef FUZZ_EXPLAIN_H
#define FUZZ_EXPLAIN_H

#include <stddef.h>
#include <stdint.h>

/* What libFuzzer calls. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* FUZZ_EXPLAIN_H */
