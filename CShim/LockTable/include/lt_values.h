/*
 * CLockTable.h, continued: values that the entries of keys keep, in a table of LT_FOR_VALUES. Only
 * CLockTable.h includes this header.
 */
#ifndef LT_VALUES_H
#define LT_VALUES_H

/*
 * Each key has room for a value, which is present or absent. The table never reads or writes the
 * value: its holder does, in the room, at an address that stays the same while the key is present.
 * A key's first holder finds the value absent, and the room with any bytes. An exclusive holder may
 * write the value, and make it present or absent; shared holders may read it if it is present.
 *
 * As a rule a present value keeps its key present: it counts as a reference. Remove all values by
 * lt_table_end_values() before lt_table_close(), which would wait for them. A table with
 * config.values_in_use_only ends a value when the last hold, wait and pin of its key is over.
 *
 * What is said of a hold is true of one whose place has neither LT_SHARED_BIT nor LT_BORROWED_BIT:
 * lt_give_value() comes first.
 */
typedef struct lt_value {
	void *LT_NONNULL place;		/* The room. */
	bool is_present;
} lt_value_t;

/* Call it as a holder. */
lt_value_t lt_value_of(const lt_table_t *LT_NONNULL table, lt_hold_t hold);
/*
 * Releases an exclusive hold, and says whether its value is present from now on. A holder that says
 * that the value is absent has moved it out of the room, or ended it there. If that is as it was,
 * lt_release() does the same.
 */
void lt_release_value(lt_hold_t hold, bool is_present);
/*
 * Says that the value is present, and goes on holding the key exclusively. In a table with
 * values_in_use_only this is the way to say so, and other calls release as in any table.
 */
void lt_keep_value(lt_hold_t hold);

/*
 * The number of values that are present, and the number of keys that are held, waited for or
 * pinned. Both are read stripe by stripe. The latter looks at each key of the table, and lets other
 * threads use a stripe in between.
 */
size_t lt_table_count_values(lt_table_t *LT_NONNULL table);
size_t lt_table_count_used(lt_table_t *LT_NONNULL table);

/*
 * Pins the keys of one stripe whose values are present, in one locked section, and returns how many
 * there are. If there are more than `room`, it pins none. Stripes are numbered from zero, up to
 * lt_table_stripes().
 */
size_t lt_pin_values(lt_table_t *LT_NONNULL table, uint32_t stripe,
    lt_hold_t *LT_NULLABLE pins, size_t room);
/*
 * Calls visit with the key of a pin, whether or not it is held. The report has no holders and no
 * waiters.
 */
void lt_name_pinned(lt_hold_t pin, lt_inspect_t LT_NONNULL visit, void *LT_NULLABLE context);

/*
 * Ends all values by config.end_value. Nobody may hold a key, wait for one or begin to; pins may
 * exist.
 */
void lt_table_end_values(lt_table_t *LT_NONNULL table);

#endif /* LT_VALUES_H */
