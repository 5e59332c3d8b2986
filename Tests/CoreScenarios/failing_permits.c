/* The calls for permits, where memory may fail. */
#include "failing.h"

#define FEW	12

/* In a table of its own. A key's second hold needs none but for its record. */
void
take_permits(struct bench *bench)
{
	const lt_config_t config = { .unmonitored = true, .keys = LT_KEYS_INTEGER,
	    .purpose = LT_FOR_PERMITS, .permits = LT_PERMITS_BY_KEY,
	    .diagnostics = has_diagnostics_set() };
	lt_table_t *table = NULL;
	lt_hold_t pins[FEW];

	(void)bench;
	if (lt_table_create(&config, &table) != LT_OK)
		return;
	for (uint64_t i = 0; i < FEW; i++) {
		pins[i] = pin(table, INTEGERS, i);
		EXPECT(is_hold(pins[i]) || memory_has_failed(), "a call failed for no reason");
		if (is_hold(pins[i])) {
			lt_hold_t place = pins[i];

			lt_pin_again(place);
			EXPECT(lt_permits_set(place, 3, lt_permits_ask(place)) &&
			    lt_try_permits(&place, 3), "permits that are left were refused");
			EXPECT(has_failed(try_shared(table, INTEGERS, i), LT_BUSY), "a fourth is out");
			lt_release_permits(place, 3);
		}
	}
	for (uint64_t i = 0; i < FEW; i++) {
		if (is_hold(pins[i]))
			lt_unpin(pins[i]);
	}
	for (uint64_t i = 0; i < FEW; i++) {
		lt_hold_t place = acquire_shared(table, INTEGERS, i, LT_OR_PIN);

		if (is_hold(place)) {
			place.place = (char *)place.place - LT_PIN_BIT;
			lt_unpin(place);
		} else {
			EXPECT(memory_has_failed(), "a call failed for no reason");
		}
	}
	close_empty(table);
}
