/* Tables whose entries keep values, and such values. */
#ifndef CORE_KEEPING_H
#define CORE_KEEPING_H

#include "support.h"

/* The memory that it owns makes AddressSanitizer a witness of each use. */
struct kept {
	uint64_t number;
	uint64_t *owned;
};

/* How many, since values_table() was called last. */
extern uint64_t values_made, values_ended;
/* Its stripes are locked at the end of a value. NULL: none. */
extern lt_table_t *values_used_at_end;

void kept_make(void *place, uint64_t number);
void kept_end(void *place);

lt_table_t *values_table(enum form, uint32_t stripes, bool in_use_only);
/* Expects that each value has ended. */
void close_without_values(lt_table_t *);
void expect_value_counts(lt_table_t *, size_t values, size_t used, size_t keys);
/* Is the value present, and the one that was made for this number? */
bool has_value(const lt_table_t *, lt_hold_t, uint64_t number);
/* As a holder that releases: makes the value, or ends it. */
void put_value(const lt_table_t *, lt_hold_t, uint64_t number);
void take_value_out(const lt_table_t *, lt_hold_t);

#endif /* CORE_KEEPING_H */
