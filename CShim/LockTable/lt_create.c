/*
 * Creating a table.
 */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "../ConcurrencyKit/ConcurrencyKit.h"

#include "lt_capacity.h"
#include "lt_create.h"
#include "lt_key.h"
#include "lt_timekeeper.h"
#include "lt_timer.h"

/*
 * Two cores that meet in a stripe also make the others read again what seldom changes there. For
 * that, beside held keys and with 64 cores, 0.8 of a cache line moves in each operation on 1024
 * stripes, and 0.2 on 4096 (Tests/CacheLines). Stripes that are not used take no memory.
 */
#define LT_STRIPES_PER_CORE	64
#define LT_MOST_DEFAULT_STRIPES	4096

/*
 * Stripes begin with a pair of cache lines. Where lines have 128 bytes, or are fetched in pairs,
 * the bytes of the resident's key then come with the lock, and no other stripe's line does.
 */
#define LT_LINE_PAIR	(2 * (size_t)LT_CACHE_LINE)

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
	    config->fairness <= LT_FIFO && config->keys <= LT_KEYS_OWNING &&
	    (config->keys != LT_KEYS_OPAQUE || config->operations != NULL) &&
	    (config->keys < LT_KEYS_VALUE || config->value_operations != NULL) &&
	    (config->keys != LT_KEYS_OWNING || config->value_operations->destroy != NULL) &&
	    config->purpose <= LT_FOR_FLIGHTS && config->payload_size <= LT_MOST_PAYLOAD &&
	    (config->purpose != LT_FOR_VALUES || config->end_value != NULL) &&
	    (config->purpose != LT_FOR_FLIGHTS || config->flight_operations != NULL) &&
	    (config->permits <= LT_MOST_PERMITS || config->permits == LT_PERMITS_BY_KEY) &&
	    config->payload_alignment <= LT_ROOM_STEP &&
	    (config->payload_alignment & (config->payload_alignment - 1)) == 0;
}

/*
 * Lays the extra out behind what is there of an entry without room for a key. The room for a key
 * comes before it, in steps that keep the alignment.
 */
static void
lay_out_extra(struct lt_table *table, const lt_config_t *config)
{
	const uint32_t word = sizeof(struct lt_extra);
	const uint32_t alignment = config->payload_alignment > word ? config->payload_alignment :
	    word;
	const uint32_t payload = (table->entry_base + word + alignment - 1) & ~(alignment - 1);

	table->extra_offset = payload - word;
	table->entry_base = payload + ((config->payload_size + word - 1) & ~(word - 1));
}

/*
 * The same for a value: its room comes first, and what says whether it is present, a byte, follows.
 * So there is no padding in between. An entry that is short shares its lines with few others.
 */
static void
lay_out_value(struct lt_table *table, const lt_config_t *config)
{
	const uint32_t word = sizeof(uint64_t);
	const uint32_t alignment = config->payload_alignment > 0 ? config->payload_alignment : 1;
	const uint32_t value = (table->entry_base + alignment - 1) & ~(alignment - 1);

	table->value_size = config->payload_size;
	table->extra_offset = value + config->payload_size;
	table->entry_base = (table->extra_offset + 1 + word - 1) & ~(word - 1);
}

/*
 * The room for a value has the urgency of those who wait for the next flight (lt_flight.h). The
 * monitor takes the key back from a task that was to begin a flight and does not run.
 */
static void
prepare_for_flights(struct lt_table *table, const lt_config_t *config)
{

	table->entry_base += sizeof(uint64_t);
	table->fairness = LT_ADAPTIVE;
	table->takes_back = true;
	table->flight_operations = *config->flight_operations;
}

/*
 * Allocates one block: the table, padding up to a pair of cache lines, the stripes, and the times
 * of each. CK's lock is free as a zero word, so the stripes are left as they are:
 * lt_stripe_begin().
 */
static struct lt_table *
allocate_table(uint32_t stripes, bool diagnostics)
{
	const size_t each = sizeof(struct lt_stripe) + (diagnostics ? 2 : 1) * sizeof(lt_times_t);
	const size_t size = sizeof(struct lt_table) + LT_LINE_PAIR + stripes * each;
	struct lt_table *table;
	void *block = lt_allocate_untouched(size);
	uintptr_t first;

	if (block == NULL)
		return NULL;

	table = block;
	first = (uintptr_t)block + sizeof(struct lt_table);
	first = (first + LT_LINE_PAIR - 1) & ~(uintptr_t)(LT_LINE_PAIR - 1);
	table->stripes = (struct lt_stripe *)first;
	table->mask = stripes - 1;
	table->waits = (lt_times_t *)(void *)(table->stripes + stripes);
	table->holds = diagnostics ? table->waits + stripes : NULL;
	table->block_size = size;
	return table;
}

lt_status_t
lt_table_create(const lt_config_t *config, lt_table_t **out)
{
	struct lt_table *table;

	if (!is_valid(config))
		return LT_INVALID;
	lt_measure_pause();
	lt_timer_prepare(lt_timekeeper_run);
	table = allocate_table(config->stripes > 0 ? config->stripes :
	    lt_default_stripes(lt_usable_cores()), config->diagnostics);
	if (table == NULL)
		return LT_NO_MEMORY;

	table->keys = config->keys;
	table->plain_keys = config->diagnostics || config->purpose != LT_FOR_LOCKS ? LT_NO_KEYS :
	    config->keys;
	/* Permits are handed over in order: a table of them differs only in what it takes back. */
	table->fairness = config->purpose == LT_FOR_PERMITS ? LT_FIFO : config->fairness;
	table->takes_back = config->fairness == LT_ADAPTIVE;
	table->permits = config->permits;
	table->permit_keys = config->purpose == LT_FOR_PERMITS && !config->diagnostics &&
	    config->permits != LT_PERMITS_BY_KEY ? config->keys : LT_NO_KEYS;
	table->kept_keys = config->purpose == LT_FOR_VALUES && !config->diagnostics ?
	    config->keys : LT_NO_KEYS;
	table->most_waiters = config->most_waiters > 0 &&
	    config->most_waiters < LT_MOST_WAITERS ? config->most_waiters : LT_MOST_WAITERS;
	table->most_in_table = config->most_in_table;
	/* An integer's entry stores no key, as the hash stands for it. */
	table->entry_base = config->keys == LT_KEYS_INTEGER && !config->diagnostics ?
	    offsetof(struct lt_entry, next_same_hash) : offsetof(struct lt_entry, key);
	if (config->diagnostics)
		table->entry_base += sizeof(struct lt_record *);
	table->purpose = (uint8_t)config->purpose;
	table->values_in_use_only = config->values_in_use_only;
	table->end_value = config->end_value;
	table->end_value_context = config->end_value_context;
	if (config->purpose == LT_FOR_FLIGHTS)
		lay_out_extra(table, config);
	if (config->purpose == LT_FOR_PERMITS && config->permits == LT_PERMITS_BY_KEY)
		lay_out_extra(table, &(const lt_config_t){ .payload_size =
		    sizeof(struct lt_tickets) });
	if (config->purpose == LT_FOR_VALUES)
		lay_out_value(table, config);
	if (config->purpose == LT_FOR_FLIGHTS)
		prepare_for_flights(table, config);
	if (config->operations != NULL)
		table->operations = *config->operations;
	if (config->value_operations != NULL)
		table->value_operations = *config->value_operations;
	table->runs_task = config->runs_task;
	table->resume_apart = config->resume_apart;
	table->runs_task_context = config->runs_task_context;
	table->identify = config->identify;
	table->wait_began = config->wait_began;
	table->wait_began_context = config->wait_began_context;
	table->diagnostics = config->diagnostics;
	table->is_recording = config->diagnostics;
	table->unmonitored = config->unmonitored;
	table->seed[0] = config->seed[0];
	table->seed[1] = config->seed[1];
	if (table->seed[0] == 0 && table->seed[1] == 0 &&
	    !lt_random(table->seed, sizeof table->seed))
		lt_trap("the system gave no random bytes to seed a table's hash with");
	lt_make_lanes(table);
	*out = table;
	return LT_OK;
}

LT_END

#endif /* LT_SUPPORTED */
