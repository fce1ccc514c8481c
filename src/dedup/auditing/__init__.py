"""Audits: what settings find in a sample of texts, and which settings fit, without labels.

- ``audit``: ``dedup.audit``, and the audit of a sample, step by step.
- ``reservoir``: draw the sample from a stream of texts.
- ``similarity_view``: the nearest other text of each text, and the similarity that chance explains.
- ``copies``: recognize copies by the similarities, and whether OCR noise makes them differ.
- ``planted_edits``: edit copies of texts in known ways, and count which are found.
- ``further_removals``: what a preset would remove of the texts that the settings keep.
- ``cost``: estimate time and memory for all texts.
- ``judged_thresholds``: what a person's judgements on pairs say about thresholds.
- ``precision_estimate``: how many removals are right, from judgements on some of them.
- ``proposal``: choose the settings to propose, and say why.
- ``audit_result``: the result, ``AuditResult``.
- ``audit_text``: the result as a report in plain text.
"""
