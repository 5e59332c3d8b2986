#include "keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"

uint8_t
input_byte(struct input *input)
{

	if (input->left == 0)
		return 0;
	input->left--;
	return *input->at++;
}

uint64_t
input_number(struct input *input)
{
	uint64_t number = 0;

	for (int i = 0; i < 8; i++)
		number = number << 8 | input_byte(input);
	return number;
}

size_t
input_below(struct input *input, size_t limit)
{
	size_t number = input_byte(input);

	if (limit > 256)
		number = number << 8 | input_byte(input);
	return number % limit;
}

/* Where something changes in the core, and a little off it. */
static size_t
read_length(struct input *input)
{
	static const uint16_t lengths[] = { 0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 48, 63,
	    64, 65, 80, 127, 128, 129, 254, 255, 256, 257, 300 };
	static const uint16_t more[] = { 512, 1023, 1024, 1025, LONGEST_KEY };
	const size_t byte = input_byte(input), from_top = UINT8_MAX - byte;

	if (byte < sizeof lengths / sizeof lengths[0])
		return lengths[byte];
	if (from_top < sizeof more / sizeof more[0])
		return more[from_top];
	return byte - sizeof lengths / sizeof lengths[0];
}

enum way { SPELLED, FILLED, CHANGED, CUT, WAYS };

void
chosen_read_bytes(struct input *input, struct chosen *key, const struct chosen *before)
{
	const unsigned way = input_byte(input) % WAYS;
	uint8_t fill;

	key->kind = LT_KEYS_BYTES;
	switch (way) {
	case SPELLED:
		key->length = read_length(input);
		for (size_t i = 0; i < key->length; i++)
			key->bytes[i] = input_byte(input);
		break;
	case FILLED:
		key->length = read_length(input);
		/* Bytes that make hashes meet, often enough: see game.c. */
		fill = input_byte(input);
		memset(key->bytes, fill % 4 == 0 ? 'a' : fill, key->length);
		break;
	case CHANGED:
		key->length = before->length;
		memcpy(key->bytes, before->bytes, before->length);
		if (key->length > 0)
			key->bytes[input_below(input, key->length)] ^= input_byte(input);
		break;
	default:
		key->length = read_length(input);
		memset(key->bytes, 0, key->length);
		memcpy(key->bytes, before->bytes,
		    key->length < before->length ? key->length : before->length);
	}
	key->is_ascii = true;
	for (size_t i = 0; i < key->length; i++)
		key->is_ascii = key->is_ascii && key->bytes[i] <= 0x7f;
}

void
chosen_read(struct input *input, struct chosen *key, uint32_t kind, const struct chosen *before)
{
	uint8_t byte;

	*key = (struct chosen){ .kind = kind };
	switch (kind) {
	case LT_KEYS_INTEGER:
		byte = input_byte(input);
		key->integer = byte < 0xe0 ? byte : byte < 0xf0 ? ~(uint64_t)byte : input_number(input);
		return;
	case LT_KEYS_BYTES:
		chosen_read_bytes(input, key, before);
		return;
	default:
		/* Equal keys have equal hashes; others may. */
		byte = input_byte(input);
		key->id = byte;
		key->integer = byte & 0x80 ? byte & 3 : (uint64_t)byte * UINT64_C(0x0101010101010101);
	}
}

bool
chosen_are_equal(const struct chosen *a, const struct chosen *b)
{

	switch (a->kind) {
	case LT_KEYS_INTEGER:
		return a->integer == b->integer;
	case LT_KEYS_BYTES:
		return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
	default:
		return a->id == b->id;
	}
}

void
chosen_note(const struct chosen *key, unsigned number)
{

	if (key->kind == LT_KEYS_INTEGER)
		NOTE("key %lu: the integer %lu", number, key->integer);
	else if (key->kind != LT_KEYS_BYTES)
		NOTE("key %lu: the opaque one, or value, %lu, hash %#lx", number, key->id, key->integer);
	else
		NOTE("key %lu: %lu bytes, from %02lx to %02lx", number, key->length,
		    key->length > 0 ? key->bytes[0] : 0,
		    key->length > 0 ? key->bytes[key->length - 1] : 0);
}

size_t owned_count;

static unsigned *
make_owned(void)
{
	unsigned *owners = malloc(sizeof *owners);

	if (owners == NULL)
		abort();
	*owners = 1;
	owned_count++;
	return owners;
}

void
label_end(struct label *label)
{

	if (--*label->owners > 0)
		return;
	free(label->owners);
	owned_count--;
}

struct loan
loan_make(const lt_table_t *table, const struct chosen *chosen)
{
	static uint64_t loans;
	struct loan loan = { .memory = NULL };
	struct label *label;

	switch (chosen->kind) {
	case LT_KEYS_INTEGER:
		loan.key = lt_key_integer(table, chosen->integer);
		break;
	case LT_KEYS_BYTES:
		/* Of no bytes, there is no place. */
		if (chosen->length > 0) {
			loan.memory = malloc(chosen->length);
			if (loan.memory == NULL)
				abort();
			memcpy(loan.memory, chosen->bytes, chosen->length);
		}
		loan.key = lt_key_bytes(table, loan.memory, chosen->length);
		SAME(loan.key.is_ascii == chosen->is_ascii, "a key of %zu bytes was taken for %sASCII",
		    chosen->length, chosen->is_ascii ? "not " : "");
		break;
	default:
		label = loan.memory = malloc(sizeof *label);
		if (label == NULL)
			abort();
		/* The bytes of one value differ from each other, and those of two may not. */
		*label = (struct label){ chosen->integer ^ (chosen->kind >= LT_KEYS_VALUE ? loans++ : 0),
		    chosen->id, chosen->kind == LT_KEYS_OWNING ? make_owned() : NULL };
		loan.key = chosen->kind == LT_KEYS_OPAQUE ?
		    lt_key_opaque(table, chosen->integer, label) :
		    lt_key_value(table, chosen->integer, label, sizeof *label);
	}
	return loan;
}

lt_hold_t
loan_give(const struct loan *loan, lt_hold_t hold)
{

	if (hold.place == NULL || ((uintptr_t)hold.place & LT_BORROWED_BIT) == 0)
		return hold;
	++*((struct label *)loan->memory)->owners;
	return lt_give_value(hold, loan->memory);
}

void
loan_end(struct loan *loan)
{

	if (loan->memory != NULL && loan->key.kind == LT_KEYS_OWNING)
		label_end(loan->memory);
	free(loan->memory);
	loan->memory = NULL;
}
