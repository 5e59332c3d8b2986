/*
 * Hostile load, by the figures. Times are printed, and never asserted; memory is.
 *
 *   load churn [SECONDS [THREADS]]   ever new keys, until there were 10⁷ and the time is over
 *   load flood [KEYS]                chosen keys and random ones, up to so many at once
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flooding.h"

#define SECOND		UINT64_C(1000000000)
#define LEAST_KEYS	UINT64_C(10000000)
/* What the allocator and the stacks of the threads may come to take after the warm-up. */
#define MARGIN		((size_t)2 << 20)

/* --- churn --------------------------------------------------------------------------- */

#define BATCH	16

struct churner {
	lt_table_t *tables[OPAQUES + 1];
	uint64_t first;
	uint64_t keys;		/* Done so far. */
	bool *stop;
};

static size_t
resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long size = 0, resident = 0;

	if (file == NULL || fscanf(file, "%lu %lu", &size, &resident) != 2)
		abort();
	(void)fclose(file);
	return resident * (size_t)sysconf(_SC_PAGESIZE);
}

/* Keys that no thread had before, of every form, a few at a time. */
static void *
churn(void *pointer)
{
	struct churner *own = pointer;
	uint64_t next = own->first;

	while (!__atomic_load_n(own->stop, __ATOMIC_RELAXED)) {
		for (enum form form = INTEGERS; form <= OPAQUES; form++) {
			lt_hold_t holds[BATCH];

			for (uint64_t i = 0; i < BATCH; i++)
				holds[i] = acquire(own->tables[form], form, next + i, LT_FOREVER);
			for (uint64_t i = 0; i < BATCH; i++)
				release_if_hold(holds[(i * 7 + next) % BATCH]);
			next += BATCH;
			__atomic_store_n(&own->keys, own->keys + BATCH, __ATOMIC_RELAXED);
		}
	}
	return NULL;
}

static uint64_t
keys_of(const struct churner *churners, size_t count)
{
	uint64_t keys = 0;

	for (size_t i = 0; i < count; i++)
		keys += __atomic_load_n(&churners[i].keys, __ATOMIC_RELAXED);
	return keys;
}

static bool
run_churn(uint64_t seconds, size_t threads)
{
	static struct churner churners[MOST_THREADS];
	lt_table_t *tables[OPAQUES + 1];
	const uint64_t began = lt_now_ns();
	uint64_t step = seconds > 60 ? seconds / 12 : 2, now = 0, said = 0, keys = 0;
	size_t warm = 0, most = 0, bytes = 0;
	struct crew crew = { 0 };
	bool stop = false, good = true;

	for (enum form form = INTEGERS; form <= OPAQUES; form++)
		tables[form] = table_make(form, 0, LT_ADAPTIVE);
	for (size_t i = 0; i < threads; i++) {
		churners[i] = (struct churner){ .first = (uint64_t)i << 40, .stop = &stop };
		memcpy(churners[i].tables, tables, sizeof tables);
		crew_add(&crew, churn, &churners[i]);
	}
	while (now < seconds || keys < LEAST_KEYS) {
		size_t resident;

		pass_time(SECOND / 10);
		now = (lt_now_ns() - began) / SECOND;
		keys = keys_of(churners, threads);
		resident = resident_bytes();
		/* Every thread has been here by then. */
		if (warm == 0 && keys > LEAST_KEYS / 20)
			warm = resident;
		if (warm != 0 && resident > most)
			most = resident;
		if (now >= said + step) {
			printf("%4llu s: %llu keys so far, %zu kB resident\n", (unsigned long long)now,
			    (unsigned long long)keys, resident / 1024);
			said = now;
		}
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	crew_join(&crew);
	for (enum form form = INTEGERS; form <= OPAQUES; form++) {
		good = good && lt_table_count(tables[form]) == 0;
		bytes += lt_table_bytes(tables[form]);
		lt_table_close(tables[form]);
	}
	printf("%zu threads, %llu keys; %zu kB after the warm-up, %zu kB at the most; "
	    "the empty tables took %zu kB\n", threads, (unsigned long long)keys, warm / 1024,
	    most / 1024, bytes / 1024);
	if (!good)
		printf("FAILED: entries were left\n");
	/* Sanitizers keep what was freed, for a while. */
	if (most > warm + MARGIN && !is_sanitized()) {
		printf("FAILED: memory grew with keys that are gone\n");
		good = false;
	}
	return good;
}

/* --- floods --------------------------------------------------------------------------- */

struct reading {
	double making, using;	/* In nanoseconds a key: when the flood came, and once it is there. */
	double worst;		/* The slowest that came. */
	double others;		/* What a key costs that has nothing to do with it. */
	size_t bytes;
};

static lt_hold_t
take(lt_table_t *table, enum flood flood, uint64_t number)
{
	struct key key;

	flood_key(&key, table, flood, number);
	return lt_acquire(table, &key.prepared, LT_NO_WAIT);
}

/* `flood`'s keys are held; now others come and go. */
static double
come_and_go(lt_table_t *table, enum flood flood, uint64_t first)
{
	const unsigned times = 2000;
	uint64_t began = lt_now_ns();

	for (unsigned i = 0; i < times; i++)
		release_if_hold(take(table, flood, first + i % 50));
	return (double)(lt_now_ns() - began) / times;
}

static enum flood
harmless(enum flood flood)
{

	return flood == RANDOM_BYTES || flood >= BYTES_HASH ? RANDOM_BYTES : RANDOM_INTEGERS;
}

static void
read_flood(enum flood flood, uint64_t keys, struct reading *reading)
{
	lt_table_t *table = flood_table(flood, 128);
	lt_hold_t *holds = calloc(keys, sizeof *holds);
	uint64_t began = lt_now_ns(), before = began;

	if (holds == NULL)
		abort();
	*reading = (struct reading){ 0 };
	for (uint64_t i = 0; i < keys; i++) {
		uint64_t now;

		holds[i] = take(table, flood, i);
		if (!is_hold(holds[i]))
			abort();
		now = lt_now_ns();
		if ((double)(now - before) > reading->worst)
			reading->worst = (double)(now - before);
		before = now;
	}
	reading->making = (double)(lt_now_ns() - began) / (double)keys;
	reading->using = come_and_go(table, flood, keys);
	if (flood != OPAQUE_SLOT && flood != OPAQUE_HASH)
		reading->others = come_and_go(table, harmless(flood), UINT64_C(1) << 50);
	for (uint64_t i = 0; i < keys; i++)
		lt_release(holds[i]);
	reading->bytes = lt_table_bytes(table);
	if (lt_table_count(table) != 0)
		abort();
	lt_table_close(table);
	free(holds);
}

static void
run_flood(uint64_t most)
{
	struct reading plain[2], reading;

	for (uint64_t keys = 1000; keys <= most; keys *= 10) {
		for (enum flood flood = 0; flood < FLOODS; flood++) {
			const struct reading *with = &plain[harmless(flood)];

			read_flood(flood, keys, &reading);
			if (flood <= RANDOM_BYTES)
				plain[flood] = reading;
			printf("%6llu %-28s: %8.0f ns each to come (x %.1f), the slowest %.0f us; "
			    "one more %8.0f ns (x %.1f)", (unsigned long long)keys, flood_names[flood],
			    reading.making, reading.making / with->making, reading.worst / 1000,
			    reading.using, reading.using / with->using);
			if (reading.others > 0)
				printf("; any other %.0f ns", reading.others);
			printf("\n");
		}
	}
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	const uint64_t much = argc > 2 ? strtoull(argv[2], NULL, 0) : 0;
	const uint64_t threads = argc > 3 ? strtoull(argv[3], NULL, 0) : 32;
	bool good = true;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (strcmp(what, "churn") == 0 && threads > 0 && threads <= MOST_THREADS)
		good = run_churn(much > 0 ? much : 10, threads);
	else if (strcmp(what, "flood") == 0)
		run_flood(much > 0 ? much : 10000);
	else
		return 2;
	return good ? 0 : 1;
}
