<?php
/**
 * Loads the shop's classes. X_Ex is a class of its own up to 2.13, where a shop may write its
 * changes into it, and another name of X since: which decides the names of the hooks.
 */
class SC_ClassAutoloader
{
    public static function autoload($class)
    {
        if ($class === 'SC_Plugin_Base') {
            require __DIR__ . '/' . self::pluginBase() . '.php';
            return;
        }
        $base = preg_replace('/_Ex$/', '', $class);
        $file = __DIR__ . '/../class/' . $base . '.php';
        if (!file_exists($file)) {
            return;
        }
        require_once $file;
        if ($class === $base) {
            return;
        }
        if (version_compare(ECCUBE_VERSION, '2.17', '<') || $base === 'LC_Page') {
            eval('class ' . $class . ' extends ' . $base . ' {}');
        } else {
            class_alias($base, $class);
        }
    }

    private static function pluginBase()
    {
        if (version_compare(ECCUBE_VERSION, '2.13', '<')) {
            return 'SC_Plugin_Base_2_12';
        }

        return version_compare(ECCUBE_VERSION, '2.17.2', '<') ? 'SC_Plugin_Base_2_13' : 'SC_Plugin_Base_2_17';
    }
}
