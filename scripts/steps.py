"""List the steps of the workflow and draw how they hang together.

Input: what Snakemake knows of its rules, as parameters.
Outputs: audit/steps.csv (one row a rule: what it does, its script, what it needs and makes), figures/steps.svg.
"""

from html import escape

import pandas as pd

from lib import run_step, schemas, tables

BOX, GAP_X, GAP_Y, HEIGHT, MARGIN = 150, 34, 14, 30, 6  # px of the drawing


def steps_table(rules):
    """Return schemas.STEPS. `rules`: list of {name, description, script, needs (rule names), makes (paths)}."""
    return pd.DataFrame(
        {
            "step": [rule["name"] for rule in rules],
            "description": [rule["description"] for rule in rules],
            "script": [rule["script"] for rule in rules],
            "needs": [";".join(rule["needs"]) for rule in rules],
            "makes": [";".join(rule["makes"]) for rule in rules],
        }
    )


def layers(rules):
    """Return {rule name: layer}: a rule stands one layer after the last of those that it needs."""
    needs = {rule["name"]: rule["needs"] for rule in rules}
    found = {}

    def layer(name):
        if name not in found:
            found[name] = 1 + max((layer(other) for other in needs[name]), default=-1)
        return found[name]

    for name in needs:
        layer(name)
    return found


def direct_needs(rules):
    """Return {rule name: the rules that it needs, without those that it needs through another one anyway}."""
    needs = {rule["name"]: set(rule["needs"]) for rule in rules}

    def all_needs(name):
        return needs[name] | {far for near in needs[name] for far in all_needs(near)}

    return {
        rule["name"]: [
            one for one in rule["needs"] if not any(one in all_needs(other) for other in rule["needs"] if other != one)
        ]
        for rule in rules
    }


def drawing(rules):
    """Return the graph of the rules as SVG text: layers from top to bottom, a line to each rule from those it needs."""
    depth, direct = layers(rules), direct_needs(rules)
    rows = [[rule["name"] for rule in rules if depth[rule["name"]] == d] for d in range(max(depth.values()) + 1)]
    widest = max(len(row) for row in rows)
    width = widest * (BOX + GAP_Y) + 2 * MARGIN
    height = len(rows) * (HEIGHT + GAP_X) - GAP_X + 2 * MARGIN
    at = {}
    for d, row in enumerate(rows):
        left = (width - len(row) * (BOX + GAP_Y) + GAP_Y) / 2
        for i, name in enumerate(row):
            at[name] = (left + i * (BOX + GAP_Y), MARGIN + d * (HEIGHT + GAP_X))
    lines, boxes = [], []
    for rule in rules:
        x, y = at[rule["name"]]
        for other in direct[rule["name"]]:
            from_x, from_y = at[other]
            start, end = (from_x + BOX / 2, from_y + HEIGHT), (x + BOX / 2, y)
            bend = (end[1] - start[1]) / 2
            lines.append(
                f'<path d="M{start[0]:.1f} {start[1]:.1f} C{start[0]:.1f} {start[1] + bend:.1f} '
                f'{end[0]:.1f} {end[1] - bend:.1f} {end[0]:.1f} {end[1]:.1f}"/>'
            )
        boxes.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{BOX}" height="{HEIGHT}" rx="4"/>'
            f'<text x="{x + BOX / 2:.1f}" y="{y + HEIGHT / 2 + 4:.1f}">{escape(rule["name"].replace("_", " "))}</text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}">\n'
        f'<g fill="none" stroke="currentColor" stroke-opacity="0.35">\n{chr(10).join(lines)}\n</g>\n'
        f'<g fill="none" stroke="currentColor" stroke-opacity="0.7" font-family="DejaVu Sans, Arial, sans-serif" '
        f'font-size="12" text-anchor="middle">\n'
        + "\n".join(boxes).replace("<text", '<text fill="currentColor" stroke="none"')
        + "\n</g>\n</svg>\n"
    )


def main(snakemake):
    rules = snakemake.params.rules
    tables.write(steps_table(rules), schemas.STEPS, csv=snakemake.output.table)
    with open(snakemake.output.drawing, "w", encoding="utf-8", newline="\n") as file:
        file.write(drawing(rules))


if "snakemake" in globals():
    run_step.run(main, snakemake)
