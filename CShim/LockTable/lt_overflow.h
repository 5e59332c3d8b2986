/*
 * The making and the end of CK's set, for the entries that a full group of a struct lt_set cannot
 * take. Internal: a .c file includes ConcurrencyKit.h before this header.
 */
#ifndef LT_OVERFLOW_H
#define LT_OVERFLOW_H

#include <stddef.h>

/* Returns NULL if memory ran out. */
ck_hs_t *lt_overflow_create(void);
void lt_overflow_destroy(ck_hs_t *);
/* Returns its present size. */
size_t lt_overflow_bytes(const ck_hs_t *);

#endif /* LT_OVERFLOW_H */
