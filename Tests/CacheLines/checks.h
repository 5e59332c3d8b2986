/* What probe.c does for checks.c. */
#ifndef CHECKS_H
#define CHECKS_H

#include <stddef.h>
#include <stdint.h>

void probe_write(uint64_t *);
uint64_t probe_read(const uint64_t *);
void probe_add(uint64_t *);
void probe_copy(void *, const void *, size_t);

#endif /* CHECKS_H */
