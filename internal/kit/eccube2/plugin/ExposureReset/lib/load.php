<?php
/**
 * Finds the classes of the plugin, one a file. Legacy shops may have an __autoload of their
 * own, which PHP stops calling once anything is registered: it is kept.
 */
if (!function_exists('exposure_reset_load')) {
    function exposure_reset_load($class)
    {
        if (strncmp($class, 'ExposureReset_', 14) === 0 && preg_match('/\A[A-Za-z_]+\z/', $class)) {
            $file = dirname(__FILE__) . '/' . $class . '.php';
            if (is_file($file)) {
                require_once $file;
            }
        }
    }
    if (function_exists('__autoload')) {
        spl_autoload_register('__autoload');
    }
    spl_autoload_register('exposure_reset_load');
}
