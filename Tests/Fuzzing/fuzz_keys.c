/*
 * The input is a few keys of bytes. Any two of them are one key to the table exactly if
 * their bytes are the same, whichever call they are given to.
 */
#include "explain.h"
#include "game.h"

struct game game;

#define MOST_KEYS	12

static lt_hold_t
acquire(lt_table_t *table, const struct chosen *chosen, unsigned form)
{
	struct loan loan = loan_make(table, chosen);
	lt_hold_t hold;

	if (form % 3 == 0)
		hold = lt_acquire(table, &loan.key, LT_NO_WAIT);
	else if (form % 3 == 1)
		hold = lt_acquire_bytes(table, loan.memory, chosen->length, LT_NO_WAIT);
	else
		hold = lt_acquire_ascii(table, loan.memory, chosen->length, LT_NO_WAIT);
	SAME(hold.place == NULL || hold.tag == loan.key.hash, "two calls made two hashes of one key");
	loan_end(&loan);
	return hold;
}

static void
compare(lt_table_t *table, const struct chosen *a, const struct chosen *b, unsigned forms)
{
	const bool is_refused = forms / 3 % 3 == 2 && !b->is_ascii;
	lt_hold_t first = acquire(table, a, a->is_ascii ? forms : 1), second;
	struct loan loan;

	SAME(first.place != NULL, "a free key was not to be had: %lu", (unsigned long)first.tag);
	loan = loan_make(table, b);
	SAME(lt_is_held(table, &loan.key) == chosen_are_equal(a, b),
	    "a key of %zu bytes, and one of %zu: held, or not, wrongly", a->length, b->length);
	loan_end(&loan);
	second = acquire(table, b, forms / 3);
	if (is_refused)
		SAME(second.place == NULL && second.tag == LT_NOT_ASCII,
		    "a key that is not ASCII was taken");
	else if (chosen_are_equal(a, b))
		SAME(second.place == NULL && second.tag == LT_BUSY, "two holds of one key");
	else
		SAME(second.place != NULL, "two keys are one: %zu bytes, and %zu", a->length, b->length);
	if (second.place != NULL)
		lt_release(second);
	lt_release(first);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct chosen keys[MOST_KEYS];
	struct input input = { data, size };
	lt_config_t config = { .stripes = 1, .keys = LT_KEYS_BYTES };
	lt_table_t *table;
	unsigned count = 0;

	history_forget();
	seam_reset();
	switch (input_byte(&input) % 4) {
	case 0:
		config.seed[0] = input_number(&input);
		config.seed[1] = input_number(&input);
		break;
	case 1:
		config.seed[0] = config.seed[1] = UINT64_C(0x6161616161616161);
		break;
	default:
		config.seed[0] = 1;
	}
	NOTE("a table of bytes, seed %#lx %#lx", config.seed[0], config.seed[1]);
	SAME(lt_table_create(&config, &table) == LT_OK, "there was no table to be had");
	keys[0] = (struct chosen){ .length = 0 };
	for (; count < MOST_KEYS && input.left > 0; count++) {
		chosen_read_bytes(&input, &keys[count], &keys[count > 0 ? count - 1 : 0]);
		chosen_note(&keys[count], count);
		for (unsigned other = 0; other <= count; other++)
			compare(table, &keys[other], &keys[count], count + other);
	}
	SAME(lt_table_count(table) == 0, "keys are left");
	lt_table_close(table);
	SAME(seam_outstanding() == 0, "%zu bytes are left", seam_outstanding());
	return 0;
}
