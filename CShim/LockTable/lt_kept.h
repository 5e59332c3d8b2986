/*
 * Values that entries keep: what present ones count for. Each function needs the stripe's lock.
 */
#ifndef LT_KEPT_H
#define LT_KEPT_H

#include "lt_entry.h"

/* Returns the room for the entry's value, which what says whether it is present follows. */
static inline void *
lt_entry_value(const struct lt_table *table, const struct lt_entry *entry)
{

	return (char *)lt_entry_presence(table, entry) - table->value_size;
}

/* Do present values keep their keys? */
static inline bool
lt_values_stay(const struct lt_table *table)
{

	return !table->values_in_use_only;
}

/*
 * Makes the entry's value present or absent, which it was not. The caller has a reference, besides
 * that of the value.
 */
LT_COLD void lt_entry_change_value(struct lt_entry *, bool is_present);

#endif /* LT_KEPT_H */
