/* Does the model count right? Accesses whose transfers are known, by code that is instrumented. */
#include "checks.h"

#include <stdio.h>

#include "lines.h"

#define TURNS	100

/* Where the arena has lines that nobody else uses. */
#define WORDS	(CL_CORES * CL_STACK + 65536)

static uint64_t *words;

static void
expect(const char *what, uint64_t of_64, uint64_t of_128)
{

	if (cl_counts.of_64 != of_64 || cl_counts.of_128 != of_128)
		cl_fail("%s: %ju lines of 64 bytes moved, and %ju of 128, instead of %ju and %ju",
		    what, (uintmax_t)cl_counts.of_64, (uintmax_t)cl_counts.of_128,
		    (uintmax_t)of_64, (uintmax_t)of_128);
}

static void
start(void)
{

	cl_cores_reset(CL_CORES);
	cl_machine_reset();
	cl_directory_reset(WORDS + 65536);
	cl_counts = (struct cl_counts){ 0 };
}

/* Core 0 and core 1 in turn, each with its own word. */
static void
alternate(void (*access)(uint64_t *), uint64_t *of_0, uint64_t *of_1)
{

	start();
	for (int i = 0; i < TURNS; i++) {
		cl_set_core(0);
		access(of_0);
		cl_set_core(1);
		access(of_1);
	}
}

static void
read_by_all(void)
{

	for (int i = 0; i < CL_CORES; i++) {
		cl_set_core(i);
		(void)probe_read(words);
	}
}

static void
check_lines(void)
{

	alternate(probe_add, words, words);
	expect("two cores add to one word", 2 * TURNS - 1, 2 * TURNS - 1);
	alternate(probe_add, words, words + 16);
	expect("each of two cores adds to a word of its own", 0, 0);
	alternate(probe_add, words, words + 8);
	expect("two cores add to neighbouring lines", 0, 2 * TURNS - 1);

	start();
	cl_set_core(0);
	probe_add(words);
	expect("a core uses what no core has", 0, 0);
	read_by_all();
	expect("the others read it", CL_CORES - 1, CL_CORES - 1);
	read_by_all();
	expect("all read it again", CL_CORES - 1, CL_CORES - 1);
	probe_write(words);
	probe_write(words);
	expect("one of them writes to it, twice", CL_CORES, CL_CORES);

	start();
	cl_set_core(0);
	probe_copy(words, words + 32, 128);
	cl_set_core(1);
	probe_copy(words + 64, words, 128);
	expect("a copy of 128 bytes", 2, 1);
	probe_copy(words + 64, words + 4, 64);
	expect("what this core has", 2, 1);
}

static uint64_t sum;

static void
add_together(void)
{

	for (int i = 0; i < TURNS; i++) {
		probe_add(words);
		probe_write(words + 16 * (1 + cl_core()));
		cl_pass(10 * CL_TRANSFER_NS);
	}
	sum += TURNS;
}

/* Threads overlap: nearly each time another core has been at the word. */
static void
check_fibers(void)
{
	const uint64_t all = (uint64_t)CL_CORES * TURNS;

	start();
	*words = 0;
	cl_cores_run(add_together);
	if (*words != all || sum != all)
		cl_fail("the cores have added to %ju instead of %ju", (uintmax_t)*words,
		    (uintmax_t)all);
	if (cl_counts.of_64 < all * 95 / 100 || cl_counts.of_64 >= all)
		cl_fail("of %ju additions to one word %ju have moved the line", (uintmax_t)all,
		    (uintmax_t)cl_counts.of_64);
}

void
cl_check_model(void)
{

	words = (uint64_t *)(void *)(cl_arena() + WORDS);
	cl_seed(1);
	check_lines();
	check_fibers();
}
