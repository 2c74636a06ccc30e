"""Learning in the workspace: predictors are trained, shown and put in force, and a few leads go by lot."""
