/* Sets that grow and shrink, with each key looked for on the way. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "support.h"

#define MOST_KEYS	3000
#define FEW_KEYS	4

/*
 * Keys are tried at random until so many are held as are wanted. On the way up some are released
 * all the same.
 */
static void
approach(lt_table_t *table, enum form form, lt_hold_t *holds, size_t *held, size_t wanted,
    uint64_t *order)
{
	const bool grows = wanted > *held;

	while (*held != wanted) {
		const uint64_t number = random_next(order) % MOST_KEYS;
		lt_hold_t attempt = try_acquire(table, form, number);

		if (is_hold(holds[number])) {
			EXPECT(has_failed(attempt, LT_BUSY), "a held key was not found");
			if (!grows || random_next(order) % 8 == 0) {
				lt_release(holds[number]);
				holds[number].place = NULL;
				--*held;
			}
		} else {
			EXPECT(is_hold(attempt), "a key was found that nobody holds");
			if (grows) {
				holds[number] = attempt;
				++*held;
			} else {
				lt_release(attempt);
			}
		}
		EXPECT(lt_table_count(table) == *held, "the count was wrong");
	}
}

/*
 * Up and down between sizes at which the set has one group and hundreds, so that it moves to other
 * groups all the time. Some groups are full then, and send keys to CK's set.
 */
SCENARIO(each_key_is_found_while_the_set_grows_and_shrinks)
{
	static lt_hold_t holds[MOST_KEYS];

	for (enum form form = INTEGERS; form <= EXTERNAL_BYTES; form++) {
		lt_table_t *table = table_make(form, 1, LT_ADAPTIVE);
		const size_t fresh = lt_table_bytes(table);
		uint64_t order = form + 1;
		size_t held = 0;

		for (unsigned phase = 0; phase < 24 && first_complaint() == NULL; phase++) {
			const size_t many = MOST_KEYS / 2 >> phase / 2 % 4;

			approach(table, form, holds, &held, phase % 2 == 0 ? many : FEW_KEYS,
			    &order);
		}
		approach(table, form, holds, &held, 0, &order);
		EXPECT(lt_table_bytes(table) <= fresh + 4096, "an empty table stayed large");
		close_empty(table);
	}
}
