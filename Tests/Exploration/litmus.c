/*
 * The explorer itself: it must see all orders and all that C11 allows, nothing that
 * C11 forbids, and each kind of mistake.
 */
#include "litmus.h"

#include <stdio.h>
#include <string.h>

#include "explorer.h"

static struct { uint32_t x, y; const void *place; } *shared;
static uint32_t results[4];
static uint32_t seen;			/* A bit for each outcome: two bits a result. */
static int left;
static void (*const *bodies)(void);

static void
run_body(void *body)
{

	(*(void (*const *)(void))body)();
	left--;
}

static bool
is_none_left(void *unused)
{

	(void)unused;
	return left == 0;
}

static void
setup(void)
{

	shared = ex_allocate(sizeof *shared);
	ex_write(shared, sizeof *shared);
	memset(shared, 0, sizeof *shared);
	memset(results, 0, sizeof results);
	left = 0;
	for (int i = 0; bodies[i] != NULL; i++, left++)
		(void)ex_spawn(i == 0 ? "T1" : i == 1 ? "T2" : "T3", run_body, (void *)(uintptr_t)&bodies[i]);
	(void)ex_block(is_none_left, NULL, UINT64_MAX, false);
	seen |= 1u << (results[0] << 1 | results[1]);
}

/* --- bodies --------------------------------------------------------------------------------- */

#define STORE(field, order)	ex_store(&shared->field, sizeof shared->field, 1, order)
#define LOAD(field, order)	(uint32_t)ex_load(&shared->field, sizeof shared->field, order)

static void sb_1(void) { STORE(x, EX_RELAXED); results[0] = LOAD(y, EX_RELAXED); }
static void sb_2(void) { STORE(y, EX_RELAXED); results[1] = LOAD(x, EX_RELAXED); }

static void
sb_1_fenced(void)
{

	STORE(x, EX_RELAXED);
	ex_fence(EX_SEQ_CST);
	results[0] = LOAD(y, EX_RELAXED);
}

static void
sb_2_fenced(void)
{

	STORE(y, EX_RELAXED);
	ex_fence(EX_SEQ_CST);
	results[1] = LOAD(x, EX_RELAXED);
}

static void
sb_2_barrier(void)
{

	STORE(y, EX_RELAXED);
	ex_membarrier();
	results[1] = LOAD(x, EX_RELAXED);
}

static void mp_1(void) { STORE(x, EX_RELAXED); STORE(y, EX_RELAXED); }
static void mp_1_release(void) { STORE(x, EX_RELAXED); STORE(y, EX_RELEASE); }
static void mp_2(void) { results[0] = LOAD(y, EX_RELAXED); results[1] = LOAD(x, EX_RELAXED); }

static void
mp_2_acquire(void)
{

	results[0] = LOAD(y, EX_ACQUIRE);
	results[1] = LOAD(x, EX_RELAXED);
}

static void
mp_2_fenced(void)
{

	results[0] = LOAD(y, EX_RELAXED);
	ex_fence(EX_ACQUIRE);
	results[1] = LOAD(x, EX_RELAXED);
}

static void coherence_1(void) { STORE(x, EX_RELAXED); }

static void
coherence_2(void)
{

	results[0] = LOAD(x, EX_RELAXED);
	results[1] = LOAD(x, EX_RELAXED);
}

static uint64_t plus(uint64_t old, uint64_t more) { return old + more; }
static void sequence_2(void) { (void)ex_update(&shared->y, 4, plus, 1, EX_RELAXED); }

static void
sequence_3(void)
{

	results[0] = LOAD(y, EX_ACQUIRE) == 2;
	results[1] = LOAD(x, EX_RELAXED);
}

static void race_1(void) { ex_step(); ex_write(&shared->x, 4); }
static void race_2(void) { ex_step(); ex_write(&shared->x, 4); }
static void race_atomic(void) { STORE(x, EX_SEQ_CST); }
static void ordered_1(void) { ex_write(&shared->x, 4); STORE(y, EX_RELEASE); }
static void ordered_2(void) { if (LOAD(y, EX_ACQUIRE) == 1) ex_write(&shared->x, 4); }
static void freed_1(void) { ex_step(); ex_deallocate(shared, sizeof *shared); }
static bool never(void *unused) { (void)unused; return false; }
static void stuck(void) { (void)ex_block(never, NULL, UINT64_MAX, false); }
static void two_steps(void) { ex_step(); ex_step(); }
static void one_step(void) { ex_step(); }
static void on_stack_1(void) { uint32_t local = 0; shared->place = &local; ex_step(); }
static void on_stack_2(void) { ex_step(); ex_step(); ex_read(shared->place, 4); }

/* --- what is expected -------------------------------------------------------------- */

#define OUTCOME(a, b)	(1u << ((a) << 1 | (b)))
#define ALL		(OUTCOME(0, 0) | OUTCOME(0, 1) | OUTCOME(1, 0) | OUTCOME(1, 1))

static const struct {
	const char *name;
	void (*const bodies[4])(void);
	uint32_t outcomes;		/* Seen exactly; */
	const char *failure;		/* or how it fails; */
	uint64_t executions;		/* and in how many orders, if that is known. */
} tests[] = {
	{ "two threads of three stretches have 20 orders", { two_steps, two_steps }, OUTCOME(0, 0),
	    NULL, 20 },
	{ "three threads of two have 90", { one_step, one_step, one_step }, OUTCOME(0, 0), NULL, 90 },
	{ "stores wait in buffers", { sb_1, sb_2 }, ALL, NULL, 0 },
	{ "fences on both sides drain them", { sb_1_fenced, sb_2_fenced }, ALL & ~OUTCOME(0, 0), NULL, 0 },
	{ "a fence on one side does not", { sb_1, sb_2_fenced }, ALL, NULL, 0 },
	{ "a membarrier on one side does", { sb_1, sb_2_barrier }, ALL & ~OUTCOME(0, 0), NULL, 0 },
	{ "a relaxed message comes before what it is of", { mp_1, mp_2 }, ALL, NULL, 0 },
	{ "release alone does not help", { mp_1_release, mp_2 }, ALL, NULL, 0 },
	{ "acquire alone does not help", { mp_1, mp_2_acquire }, ALL, NULL, 0 },
	{ "both do", { mp_1_release, mp_2_acquire }, ALL & ~OUTCOME(1, 0), NULL, 0 },
	{ "so does a fence", { mp_1_release, mp_2_fenced }, ALL & ~OUTCOME(1, 0), NULL, 0 },
	{ "one place does not go back", { coherence_1, coherence_2 }, ALL & ~OUTCOME(1, 0), NULL, 0 },
	{ "an update goes on with what it replaces", { mp_1_release, sequence_2, sequence_3 },
	    ALL & ~OUTCOME(1, 0), NULL, 0 },
	{ "two plain writes are a race", { race_1, race_2 }, 0, "a race", 0 },
	{ "so are a plain one and an atomic", { race_1, race_atomic }, 0, "a race", 0 },
	{ "writes that are ordered are none", { ordered_1, ordered_2 }, OUTCOME(0, 0), NULL, 0 },
	{ "what was freed is not touched", { freed_1, coherence_1 }, 0, "what was freed", 0 },
	{ "nor a stack that was left", { on_stack_1, on_stack_2 }, 0,
	    "a call of T1 that has returned", 0 },
	{ "some thread can always go on", { stuck, one_step }, 0, "no thread can go on", 0 },
};

static bool
is_as_expected(size_t i, bool passed, const struct ex_counts *counts)
{

	if (tests[i].failure != NULL)
		return !passed && strstr(ex_failure(), tests[i].failure) != NULL;
	return passed && seen == tests[i].outcomes &&
	    (tests[i].executions == 0 || counts->executions == tests[i].executions);
}

bool
litmus(void)
{
	bool all = true;

	ex_bounds = (struct ex_bounds){ 100, 100, 0, 0 };
	ex_is_silent = true;
	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
		struct ex_counts counts = { 0 };
		bool passed, expected;

		bodies = tests[i].bodies;
		seen = 0;
		passed = ex_explore(setup, &counts);
		expected = is_as_expected(i, passed, &counts);
		all = all && expected;
		printf("%s  %s (%llu orders)\n", expected ? "ok    " : "FAILED", tests[i].name,
		    (unsigned long long)counts.executions);
		if (!expected)
			printf("        outcomes %x, %s\n", seen, passed ? "" : ex_failure());
	}
	ex_is_silent = false;
	return all;
}
