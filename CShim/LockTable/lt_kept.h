/*
 * Values that entries keep: what present ones count for. Each function needs the stripe's lock.
 *
 * What an entry KEEPS (LT_FOR_VALUES) is present or absent, which only an exclusive holder changes,
 * under the lock, and which a holder may read without it. The entry does not move, so the kept
 * value's address stays. There are two kinds of tables, and in both the value is destroyed, or
 * taken out by its holder, with no lock held:
 *
 *   as a rule           a present value counts as one of refs. So the entry stays while nobody
 *                       needs the key. The holder moves the value out before it makes it absent
 *   values_in_use_only  a present value counts as none, and makes its entry an ENDING one. When
 *                       refs falls to zero, the entry is taken out of use with the value in it,
 *                       as with that of a key, and end_value() follows after unlocking
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
