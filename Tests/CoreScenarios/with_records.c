/* The scenarios of the other topics, with diagnostics: what holds without them holds with them. */
#include "sight.h"

static void
again(const struct topic *topic)
{

	keep_account(true);
	for (size_t i = 0; i < topic->count; i++) {
		memory_begin();
		topic->scenarios[i].run();
		peek_disown_timer();
		EXPECT(memory_outstanding() == 0, topic->scenarios[i].name);
	}
	keep_account(false);
}

#define AGAIN(topic)								\
	static void								\
	topic##_again(void)							\
	{									\
										\
		again(&topic##_topic);						\
	}

AGAIN(acquiring)
AGAIN(keys)
AGAIN(deadline)
AGAIN(waking)
AGAIN(several)
AGAIN(several_calls)
AGAIN(closing)
AGAIN(failing_memory)
AGAIN(model)
AGAIN(stress)
AGAIN(suspending)
AGAIN(suspending_turns)
AGAIN(suspending_limits)
AGAIN(suspending_races)
AGAIN(stalling)
AGAIN(sharing_races)

static const core_scenario_t scenarios[] = {
	{ "with diagnostics: acquiring", acquiring_again },
	{ "with diagnostics: keys", keys_again },
	{ "with diagnostics: deadlines", deadline_again },
	{ "with diagnostics: waking", waking_again },
	{ "with diagnostics: several keys", several_again },
	{ "with diagnostics: calls for several keys", several_calls_again },
	{ "with diagnostics: closing", closing_again },
	{ "with diagnostics: failing memory", failing_memory_again },
	{ "with diagnostics: the model", model_again },
	{ "with diagnostics: stress", stress_again },
	{ "with diagnostics: suspending", suspending_again },
	{ "with diagnostics: turns of suspensions", suspending_turns_again },
	{ "with diagnostics: limits of suspensions", suspending_limits_again },
	{ "with diagnostics: races of suspensions", suspending_races_again },
	{ "with diagnostics: waiters that do not come", stalling_again },
	{ "with diagnostics: races of readers", sharing_races_again },
};

TOPIC(with_records_topic);
