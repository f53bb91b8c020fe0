/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A filter's program for people, for C and as numbers.
 */
#include "filter_parts.h"

void filter_dump(const struct filter *filter, unsigned style, FILE *out)
{
	const struct bpf_program *whole = filter->coarse ? &filter->whole[0] : NULL;
	const int count = whole ? (int)whole->bf_len : filter->count;

	if (style > 2)
		fprintf(out, "%d\n", count);
	for (int i = 0; i < count; i++) {
		const struct sock_filter *code = &filter->code[i];
		struct bpf_insn insn = {code->code, code->jt, code->jf, code->k};

		if (whole)
			insn = whole->bf_insns[i];

		if (style > 2)
			fprintf(out, "%u %u %u %u\n", insn.code, insn.jt, insn.jf, insn.k);
		else if (style == 2)
			fprintf(out, "{ 0x%x, %u, %u, 0x%08x },\n", insn.code, insn.jt, insn.jf,
				insn.k);
		else
			fprintf(out, "%s\n", bpf_image(&insn, i));
	}
}
