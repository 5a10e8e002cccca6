"""Strict YAML: text in; plain values, positions and clear refusals out.

text       bytes to lines, and what may not stand in any of them
events     PyYAML's parse events
builder    events to plain values (`values`) and their places (`positions`)
faults     the wording of what is YAML, but not ours
syntax     what to say of text that is no YAML (`stop`, `mistakes`)
"""
