/* Numbers and keys out of the fuzzer's input. */
#ifndef FUZZ_KEYS_H
#define FUZZ_KEYS_H

#include "CLockTable.h"

/* When it is used up, all that follows is zero. */
struct input {
	const uint8_t *at;
	size_t left;
};

uint8_t input_byte(struct input *);
uint64_t input_number(struct input *);
/* Below `limit`, which is not zero and at most 65536; takes one byte, or two. */
size_t input_below(struct input *, size_t limit);

#define LONGEST_KEY	1100

struct chosen {
	uint32_t kind;
	uint64_t integer;		/* Of an opaque key or a value: its hash, before the table mixes it. */
	unsigned id;			/* Of the same: which one it is. */
	size_t length;
	unsigned char bytes[LONGEST_KEY];
	bool is_ascii;
};

/* The next key, maybe made from one before it. */
void chosen_read(struct input *, struct chosen *, uint32_t kind, const struct chosen *before);
void chosen_read_bytes(struct input *, struct chosen *, const struct chosen *before);
bool chosen_are_equal(const struct chosen *, const struct chosen *);
void chosen_note(const struct chosen *, unsigned number);

/* What an opaque key points at, whose stored form is another one; or the value. */
struct label {
	uint64_t hash;
	unsigned id;
	unsigned *owners;		/* Of what the value owns; NULL: nothing. */
};

extern size_t owned_count;		/* So much is owned by any value. */
void label_end(struct label *);

/* A key as it is given to a call: in memory of its own, which is gone after the call. */
struct loan {
	lt_key_t key;
	void *memory;
};

/* Gives the table a value of its own, if the hold or the pin borrows that of the loan. */
lt_hold_t loan_give(const struct loan *, lt_hold_t);
struct loan loan_make(const lt_table_t *, const struct chosen *);
void loan_end(struct loan *);

#endif /* FUZZ_KEYS_H */
