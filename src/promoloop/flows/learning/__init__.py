"""The loop closed: a challenger fitted on the log, judged by it, promoted or not."""
