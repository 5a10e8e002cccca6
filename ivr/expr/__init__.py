"""The bounded expression language of call flows, and the `${...}` texts built on it.

Pure: nothing here reads a file, a clock or the network (Babel's and zoneinfo's own tables
aside), and no text is ever handed to Python's `eval`, `exec` or `compile`.

    limits          every bound of the language, as constants
    values          what a variable holds while a call runs
    declarations    the types an author may declare, and their fields
    coercion        JSON or YAML into a declared type
    packing         values into JSON and back, for snapshots and request bodies
    types           the four above, in one import
    tokens, nodes   source into tokens; the tree they form
    parser          tokens into the tree, by precedence climbing
    references      which variables a tree reads, and whether one is secret
    rules           which types an operator takes, and what it gives
    checker         static types: what can be refused before a call is taken
    operations      what each operator does to values
    functions       count, first, last, luhn
    closures        the tree into Python closures
    expression      one expression: parse, check, evaluate
    speech_format   `as money`, `as date` and the others, in the flow's language
    inserts         the `${...}` of a text, found and put into words
    urls            texts that are URLs, and who may choose their host
    template        a text with `${...}` in it: parse, check, render
"""
