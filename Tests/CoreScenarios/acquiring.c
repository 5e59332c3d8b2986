/* What acquiring, trying, releasing and asking do when nothing races. */
#define ALSO_WITH_DIAGNOSTICS	true
#include "support.h"

SCENARIO(an_acquired_key_is_held_until_released)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = table_make(form, 1, LT_ADAPTIVE);
		lt_hold_t hold;

		EXPECT(!is_held(table, form, 7), "a key was held before it was acquired");
		EXPECT(lt_table_count(table) == 0, "asking about a key made it present");
		hold = acquire(table, form, 7, LT_FOREVER);
		EXPECT(is_hold(hold), "a free key was not acquired");
		EXPECT(is_held(table, form, 7), "an acquired key was not held");
		EXPECT(!is_held(table, form, 9), "another key was held");
		EXPECT(lt_table_count(table) == 1, "one held key was not one present key");
		EXPECT(is_hold_of(table, form, 7, &hold, 1), "a hold was not of its key");
		EXPECT(!is_hold_of(table, form, 9, &hold, 1), "a hold was of another key");
		EXPECT(!is_hold_of(table, form, 7, &hold, 0), "no hold was a hold");
		lt_release(hold);
		EXPECT(!is_held(table, form, 7), "a released key was still held");
		EXPECT(lt_table_count(table) == 0, "a released key was still present");
		lt_table_close(table);
	}
}

SCENARIO(a_try_that_fails_says_so_and_leaves_nothing)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = table_make(form, 1, form % 2 ? LT_FIFO : LT_ADAPTIVE);
		lt_hold_t hold = acquire(table, form, 7, LT_FOREVER);
		lt_hold_t other = acquire(table, form, 8, LT_FOREVER);
		size_t bytes = lt_table_bytes(table);

		for (int i = 0; i < 100; i++) {
			EXPECT(has_failed(try_acquire(table, form, 7), LT_BUSY),
			    "trying a key held by oneself was not LT_BUSY");
			EXPECT(has_failed(try_acquire(table, form, 8), LT_BUSY),
			    "trying the second key was not LT_BUSY");
		}
		EXPECT(peek_references(hold) == 1 && peek_references(other) == 1,
		    "a failed try was still counted");
		EXPECT(lt_table_count(table) == 2, "failed tries left entries");
		EXPECT(lt_table_bytes(table) == bytes, "failed tries left memory");
		lt_release(hold);
		lt_release(other);
		close_empty(table);
	}
}

SCENARIO(a_try_does_not_wait_for_other_keys_of_its_stripe)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = table_make(form, 1, form % 2 ? LT_FIFO : LT_ADAPTIVE);
		struct holder waiter = { HOLDER, .table = table, .form = form, .number = 1,
		    .deadline = LT_FOREVER };
		lt_hold_t hold = acquire(table, form, 1, LT_FOREVER), free;
		struct crew crew = { 0 };

		crew_add(&crew, holder_run, &waiter);
		await_queue(hold, 1);
		free = try_acquire(table, form, 2);
		EXPECT(is_hold(free), "a free key was busy while another of its stripe was awaited");
		EXPECT(has_failed(try_acquire(table, form, 1), LT_BUSY),
		    "a held and awaited key was not LT_BUSY");
		lt_release(free);
		EXPECT(peek_queue(hold) == 1, "the waiter left");
		lt_release(hold);
		event_raise(&waiter.let_go);
		crew_join(&crew);
		lt_table_close(table);
	}
}

SCENARIO(one_thread_holds_many_keys_of_one_stripe)
{

	for (enum form form = 0; form < FORMS; form++) {
		enum { KEYS = 200 };
		lt_table_t *table = table_make(form, 1, LT_FIFO);
		lt_hold_t holds[KEYS];

		for (uint64_t i = 0; i < KEYS; i++) {
			holds[i] = acquire(table, form, i, LT_FOREVER);
			EXPECT(is_hold(holds[i]), "a key blocked another");
		}
		for (uint64_t i = 0; i < KEYS; i++)
			EXPECT(is_held(table, form, i), "a held key was not found");
		EXPECT(lt_table_count(table) == KEYS, "the count was wrong");
		/* From the middle, so that lists lose inner ones, ends and heads. */
		for (uint64_t i = 0; i < KEYS; i++) {
			uint64_t next = (i + KEYS / 2) % KEYS;

			lt_release(holds[next]);
			EXPECT(!is_held(table, form, next), "a released key was found");
			EXPECT(i == KEYS - 1 || is_held(table, form, (next + 1) % KEYS),
			    "a release took a neighbour with it");
		}
		close_empty(table);
	}
}

/*
 * A key lives in its stripe's own entry if that is unused when it comes, else in
 * the set. It must be found in either, whatever the other did meanwhile.
 */
SCENARIO(a_key_is_found_wherever_it_was_put)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = table_make(form, 1, LT_ADAPTIVE);
		lt_hold_t first = acquire(table, form, 1, LT_FOREVER);
		lt_hold_t second = acquire(table, form, 2, LT_FOREVER);

		EXPECT(has_failed(try_acquire(table, form, 1), LT_BUSY), "the first was not found");
		EXPECT(has_failed(try_acquire(table, form, 2), LT_BUSY), "the second was not found");
		lt_release(first);
		EXPECT(has_failed(try_acquire(table, form, 2), LT_BUSY),
		    "the second was acquired again after the first had gone");
		first = try_acquire(table, form, 3);
		EXPECT(is_hold(first), "the place of the first was not free");
		lt_release(second);
		second = try_acquire(table, form, 2);
		EXPECT(is_hold(second), "the second was not free");
		EXPECT(has_failed(try_acquire(table, form, 3), LT_BUSY), "the third was not found");
		lt_release(first);
		lt_release(second);
		close_empty(table);
	}
}

SCENARIO(tables_with_equal_keys_are_independent)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *one = table_make(form, 1, LT_ADAPTIVE);
		lt_table_t *two = table_make(form, 1, LT_FIFO);
		lt_hold_t hold = acquire(one, form, 1, LT_FOREVER), other;

		EXPECT(!is_held(two, form, 1), "a key was held in another table");
		other = try_acquire(two, form, 1);
		EXPECT(is_hold(other), "a key held in one table was busy in another");
		lt_release(hold);
		EXPECT(is_held(two, form, 1), "a release reached another table");
		lt_table_close(one);
		lt_release(other);
		lt_table_close(two);
	}
}

SCENARIO(a_configuration_out_of_range_is_refused)
{
	static const lt_config_t bad[] = {
		{ .stripes = 3 },
		{ .stripes = UINT32_MAX },
		{ .stripes = 2 * LT_MAX_STRIPES },
		{ .stripes = UINT32_C(0x80000000) },
		{ .fairness = LT_FIFO + 1 },
		{ .keys = LT_KEYS_OWNING + 1, .operations = &label_operations,
		    .value_operations = &value_operations },
		{ .keys = LT_KEYS_OPAQUE, .value_operations = &value_operations },
		{ .keys = LT_KEYS_VALUE, .operations = &label_operations },
		/* These end no value. */
		{ .keys = LT_KEYS_OWNING, .value_operations = &value_operations },
	};
	lt_table_t *table = NULL;

	for (size_t i = 0; i < LENGTH_OF(bad); i++) {
		EXPECT(lt_table_create(&bad[i], &table) == LT_INVALID, "it was not LT_INVALID");
		EXPECT(table == NULL, "a refused configuration wrote a table");
	}
	EXPECT(memory_calls() == 0, "a refused configuration allocated");
}

SCENARIO(a_configuration_in_range_makes_the_table_asked_for)
{

	for (uint32_t stripes = 0; stripes <= LT_MAX_STRIPES; stripes = stripes ? 16 * stripes : 1) {
		lt_config_t config = { .stripes = stripes };
		lt_table_t *table;
		uint32_t made;
		lt_hold_t hold;

		EXPECT(lt_table_create(&config, &table) == LT_OK, "no table");
		made = lt_table_stripes(table);
		EXPECT(stripes == 0 ? made > 0 && (made & (made - 1)) == 0 : made == stripes,
		    "the stripes were not as many as asked for");
		EXPECT(lt_table_bytes(table) == memory_outstanding(),
		    "a fresh table did not account for its memory");
		hold = lt_acquire_integer(table, stripes, LT_FOREVER);
		EXPECT(lt_table_count(table) == 1, "no key was present");
		lt_release(hold);
		lt_table_close(table);
	}
}

SCENARIO(unseeded_tables_hash_differently)
{
	lt_config_t config = { .stripes = 1 };
	lt_table_t *one, *two;

	EXPECT(lt_table_create(&config, &one) == LT_OK, "no table");
	EXPECT(lt_table_create(&config, &two) == LT_OK, "no table");
	EXPECT(lt_key_integer(one, 1).hash != lt_key_integer(two, 1).hash ||
	    lt_key_integer(one, 2).hash != lt_key_integer(two, 2).hash,
	    "two tables drew the same secrets");
	lt_table_close(one);
	lt_table_close(two);
}

/* --- while others come and go ------------------------------------------------- */

struct churn {
	lt_table_t *table;
	enum form form;
	uint64_t seed;
	unsigned left;
	unsigned *over;
};

#define CHURNED	50

static void *
churn(void *pointer)
{
	struct churn *churner = pointer;

	while (churner->left-- > 0) {
		uint64_t number = 1 + random_next(&churner->seed) % CHURNED;

		lt_release(acquire(churner->table, churner->form, number, LT_FOREVER));
	}
	(void)__atomic_add_fetch(churner->over, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

SCENARIO(asking_during_churn_reports_what_is_held)
{

	for (enum form form = 0; form < FORMS; form++) {
		enum { THREADS = 3 };
		lt_table_t *table = table_make(form, 2, LT_ADAPTIVE);
		lt_hold_t hold = acquire(table, form, 0, LT_FOREVER);
		struct churn churners[THREADS];
		struct crew crew = { 0 };
		unsigned over = 0;
		uint64_t seed = 99;

		for (size_t i = 0; i < THREADS; i++) {
			churners[i] = (struct churn){ table, form, i + 1, scaled(8000), &over };
			crew_add(&crew, churn, &churners[i]);
		}
		while (__atomic_load_n(&over, __ATOMIC_SEQ_CST) < THREADS) {
			size_t count = lt_table_count(table);

			/* A call pins at most one key, and one more to compare with. */
			EXPECT(count >= 1 && count <= 1 + 2 * THREADS, "the count was impossible");
			EXPECT(is_held(table, form, 0), "a held key was not held for a moment");
			EXPECT(!is_held(table, form, CHURNED + 1), "a key that was not acquired was held");
			(void)is_held(table, form, 1 + random_next(&seed) % CHURNED);
		}
		crew_join(&crew);
		EXPECT(lt_table_count(table) == 1, "looking or churning left entries");
		lt_release(hold);
		EXPECT(lt_table_count(table) == 0, "the last release left an entry");
		lt_table_close(table);
	}
}
