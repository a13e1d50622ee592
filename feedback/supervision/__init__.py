"""Watching until it is done: 督办 (orders), 调度 (agenda), 销号 (striking_off), and the board of what is left.

Each module is imported by its own name: `from feedback.supervision import orders`.
"""
