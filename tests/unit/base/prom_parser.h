/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A reader of Prometheus' text exposition format 0.0.4, stricter than most: it
 * takes what node_exporter's textfile collector is sure to take, and nothing
 * else. https://prometheus.io/docs/instrumenting/exposition_formats/
 */
#ifndef WIRETAPE_PROM_PARSER_H
#define WIRETAPE_PROM_PARSER_H

#include <stdbool.h>
#include <stddef.h>

#define PROM_MOST_SAMPLES 512u

struct prom_sample {
	char series[256]; /* name and labels as they are written */
	char value[64];   /* as it is written: a decimal number */
	bool counter;
};

struct prom_text {
	size_t count;
	struct prom_sample samples[PROM_MOST_SAMPLES];
	char wrong[512]; /* what is wrong, and the line */
};

/*
 * Whether text is in order: for every metric a HELP line, a TYPE line (counter,
 * gauge or histogram) and its samples, once; counters, and only they, ending in _total;
 * names, labels and escapes as the format says; no control characters; values
 * plain decimal numbers; no time stamps; no series twice.
 */
bool prom_parse(const char *text, struct prom_text *parsed);

/* The value of a series, or a null pointer. */
const char *prom_value(const struct prom_text *parsed, const char *series);

#endif
