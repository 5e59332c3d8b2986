/* How long one turn of a spin loop takes. */
#include "lt_target.h"
#ifdef LT_SUPPORTED

#include "lt_pause.h"

#include "CLockTable.h"
#include "lt_tsan.h"

#define PAUSES_MEASURED	64
#define PAUSE_ROUNDS	5
/* The bounds of a pause, so that a clock that stands still, or leaps, makes no spin endless. */
#define SHORTEST_PAUSE_PS	UINT64_C(250)
#define LONGEST_PAUSE_PS	UINT64_C(1000000)

/* Takes the shortest of a few rounds, as others may have been interrupted. */
uint32_t
lt_measured_pause_rate(void)
{
	uint64_t shortest = UINT64_MAX, ps;

	for (int round = 0; round < PAUSE_ROUNDS; round++) {
		uint64_t start = lt_now_ns(), elapsed;

		for (int i = 0; i < PAUSES_MEASURED; i++)
			lt_pause();
		elapsed = lt_now_ns() - start;
		if (elapsed < shortest)
			shortest = elapsed;
	}
	ps = shortest < LONGEST_PAUSE_PS ? shortest * 1000 / PAUSES_MEASURED : LONGEST_PAUSE_PS;
	if (ps < SHORTEST_PAUSE_PS)
		ps = SHORTEST_PAUSE_PS;
	return (uint32_t)(UINT64_C(65536) * 1000 / ps);
}

LT_END

#endif /* LT_SUPPORTED */
