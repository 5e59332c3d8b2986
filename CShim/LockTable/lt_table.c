/*
 * The table as a whole: making it, looking at it, ending it.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_core.h"
#include "lt_key.h"

/* More cores than this many stripes are for have other things to do than to meet in one table. */
#define LT_STRIPES_PER_CORE	64
#define LT_MOST_DEFAULT_STRIPES	1024

uint32_t
lt_default_stripes(uint32_t cores)
{
	uint32_t stripes = LT_STRIPES_PER_CORE;

	while (stripes < LT_MOST_DEFAULT_STRIPES && stripes / LT_STRIPES_PER_CORE < cores)
		stripes *= 2;
	return stripes;
}

static bool
is_valid(const lt_config_t *config)
{

	return config->stripes <= LT_MAX_STRIPES &&
	    (config->stripes & (config->stripes - 1)) == 0 &&
	    config->fairness <= LT_FIFO && config->keys <= LT_KEYS_OPAQUE &&
	    (config->keys != LT_KEYS_OPAQUE || config->operations != NULL);
}

/* One block: the table, padding up to a cache line, the stripes. */
static struct lt_table *
allocate_table(uint32_t stripes)
{
	size_t size = sizeof(struct lt_table) + LT_CACHE_LINE + stripes * sizeof(struct lt_stripe);
	struct lt_table *table;
	void *block = lt_allocate_zeroed(size);
	uintptr_t first;

	if (block == NULL)
		return NULL;

	table = block;
	first = (uintptr_t)block + sizeof(struct lt_table);
	first = (first + LT_CACHE_LINE - 1) & ~(uintptr_t)(LT_CACHE_LINE - 1);
	table->stripes = (struct lt_stripe *)first;
	table->mask = stripes - 1;
	table->block_size = size;
	for (uint32_t i = 0; i < stripes; i++) {
		struct lt_stripe *stripe = &table->stripes[i];

		ck_spinlock_fas_init(&stripe->lock);
		stripe->table = table;
		stripe->resident.stripe = stripe;
		stripe->resident.capacity = LT_INLINE_KEY;
	}
	return table;
}

lt_status_t
lt_table_create(const lt_config_t *config, lt_table_t **out)
{
	struct lt_table *table;

	if (!is_valid(config))
		return LT_INVALID;
	lt_measure_pause();
	table = allocate_table(config->stripes > 0 ? config->stripes :
	    lt_default_stripes(lt_usable_cores()));
	if (table == NULL)
		return LT_NO_MEMORY;

	table->keys = config->keys;
	table->fairness = config->fairness;
	table->most_waiters = config->most_waiters > 0 &&
	    config->most_waiters < LT_MOST_WAITERS ? config->most_waiters : LT_MOST_WAITERS;
	/* Integer entries have no key of their own: the hash is it. */
	table->entry_base = config->keys == LT_KEYS_INTEGER && !config->diagnostics ?
	    offsetof(struct lt_entry, next_alike) : offsetof(struct lt_entry, key);
	if (config->diagnostics)
		table->entry_base += sizeof(struct lt_record *);
	if (config->operations != NULL)
		table->operations = *config->operations;
	table->runs_task = config->runs_task;
	table->resume_apart = config->resume_apart;
	table->runs_task_context = config->runs_task_context;
	table->identify = config->identify;
	table->diagnostics = config->diagnostics;
	table->unmonitored = config->unmonitored;
	for (uint32_t i = 0; i <= table->mask; i++)
		table->stripes[i].others = (table->diagnostics ? LT_WATCHED : 0) |
		    (lt_barrier_all_exists() ? 0 : LT_COUNTED);
	table->seed[0] = config->seed[0];
	table->seed[1] = config->seed[1];
	if (table->seed[0] == 0 && table->seed[1] == 0 &&
	    !lt_random(table->seed, sizeof table->seed))
		lt_trap("the system gave no random bytes to seed a table's hash with");
	lt_make_lanes(table);
	*out = table;
	return LT_OK;
}

static void
free_stripe(struct lt_table *table, struct lt_stripe *stripe)
{
	struct lt_entry *entry;

	while ((entry = stripe->spares) != NULL) {
		stripe->spares = entry->link;
		lt_deallocate(entry, table->entry_base + entry->capacity);
	}
	if (stripe->set != NULL)
		lt_set_destroy(stripe->set);
}

void
lt_table_leave(struct lt_table *table)
{

	/* (C) Each party's use of the table happens before the last one's freeing it. */
	if (lt_decrement_acq_rel(&table->parties) > 0)
		return;

	for (uint32_t i = 0; i <= table->mask; i++)
		free_stripe(table, &table->stripes[i]);
	lt_deallocate(table, table->block_size);
}

void
lt_table_close(lt_table_t *table)
{

	/* The closer is a party until it has visited all stripes. */
	lt_store_relaxed(&table->parties, 1);
	for (uint32_t i = 0; i <= table->mask; i++) {
		struct lt_stripe *stripe = &table->stripes[i];

		lt_stripe_lock(stripe);
		if (lt_stripe_count(stripe) > 0 || stripe->pins > 0 || stripe->is_monitored) {
			(void)lt_increment_relaxed(&table->parties);
			stripe->others |= LT_CLOSED;
		}
		lt_stripe_unlock(stripe);
	}
	lt_table_leave(table);
}

void
lt_table_count_holds(struct lt_table *table)
{

	for (uint32_t i = 0; i <= table->mask; i++) {
		lt_stripe_lock(&table->stripes[i]);
		table->stripes[i].others |= LT_COUNTED;
		lt_stripe_unlock(&table->stripes[i]);
	}
}

uint32_t
lt_table_stripes(const lt_table_t *table)
{

	return table->mask + 1;
}

size_t
lt_table_count(lt_table_t *table)
{
	size_t count = 0;

	for (uint32_t i = 0; i <= table->mask; i++) {
		struct lt_stripe *stripe = &table->stripes[i];

		lt_stripe_lock(stripe);
		count += lt_stripe_count(stripe);
		lt_stripe_unlock(stripe);
	}
	return count;
}

bool
lt_table_is_empty(lt_table_t *table)
{
	bool is_empty = true;

	for (uint32_t i = 0; is_empty && i <= table->mask; i++) {
		struct lt_stripe *stripe = &table->stripes[i];

		lt_stripe_lock(stripe);
		is_empty = lt_stripe_count(stripe) == 0;
		lt_stripe_unlock(stripe);
	}
	return is_empty;
}

size_t
lt_table_bytes(lt_table_t *table)
{
	size_t bytes = table->block_size;

	for (uint32_t i = 0; i <= table->mask; i++) {
		struct lt_stripe *stripe = &table->stripes[i];

		lt_stripe_lock(stripe);
		bytes += stripe->bytes;
		lt_stripe_unlock(stripe);
	}
	return bytes;
}

static void
add_stripe(lt_statistics_t *sum, const struct lt_stripe *stripe)
{
	/* The resident's first use is not noted: it would cost each acquisition. */
	uint32_t peak = stripe->peak > 0 ? stripe->peak :
	    stripe->acquisitions > 0 || stripe->held_uncounted;

	sum->acquisitions += stripe->acquisitions;
	sum->contended += lt_counted(stripe->contended, stripe->contended_carry);
	sum->parks += lt_counted(stripe->parks, stripe->parks_carry);
	sum->hand_offs += lt_counted(stripe->hand_offs, stripe->hand_offs_carry);
	sum->timeouts += stripe->timeouts;
	sum->cancellations += stripe->cancellations;
	sum->refusals += stripe->refusals;
	sum->keys += lt_stripe_count(stripe);
	sum->peak_keys += peak;
	sum->bytes += stripe->bytes;
}

void
lt_table_statistics(lt_table_t *table, lt_statistics_t *statistics)
{

	*statistics = (lt_statistics_t){ .bytes = table->block_size };
	for (uint32_t i = 0; i <= table->mask; i++) {
		struct lt_stripe *stripe = &table->stripes[i];

		lt_stripe_lock(stripe);
		add_stripe(statistics, stripe);
		lt_stripe_unlock(stripe);
	}
	statistics->task_sleeps = lt_load_relaxed(&table->task_sleeps);
}

size_t
lt_table_task_sleeps(const lt_table_t *table)
{

	return lt_load_relaxed(&table->task_sleeps);
}

lt_key_t
lt_key_integer(const lt_table_t *table, uint64_t value)
{

	return lt_prepare_integer(table, value);
}

lt_key_t
lt_key_bytes(const lt_table_t *table, const void *bytes, size_t length)
{

	return lt_prepare_bytes(table, bytes, length);
}

bool
lt_key_copy(const lt_table_t *table, const void *bytes, size_t length, void *to, lt_key_t *key)
{

	*key = lt_prepare_bytes(table, bytes, length);
	key->bytes = to;
	if (length <= LT_INLINE_KEY)
		lt_copy_inline_key(to, bytes, length);
	else
		lt_copy_bytes(to, bytes, length);
	return key->is_ascii != 0;
}

lt_key_t
lt_key_opaque(const lt_table_t *table, uint64_t hash, const void *wanted)
{
	lt_key_t key = { lt_mix_integer(table, hash), wanted, 0, LT_KEYS_OPAQUE, 0 };

	return key;
}

/* The inverse of an odd number modulo 2^64, by Newton's iteration. */
static uint64_t
inverse(uint64_t odd)
{
	uint64_t x = odd;

	for (int step = 0; step < 5; step++)
		x *= 2 - odd * x;
	return x;
}

uint64_t
lt_integer_of_tag(const lt_table_t *table, uint64_t tag)
{
	uint64_t x = tag;

	x = (x ^ (x >> 32)) * inverse(LT_MIX_B);
	x = (x ^ (x >> 32)) * inverse(table->seed[1] | 1);
	return x ^ table->seed[0];
}

LT_END

#endif /* LT_SUPPORTED */
